// Checkout Sessions: made, read, expired, paid through the API and through the
// hosted page's own form.
import assert from 'node:assert/strict';
import { base, stripe, all, refused, priced, opened, paid, raw } from './client.mjs';

const mug = await priced('Mug', { currency: 'eur', unit_amount: 2500 });
const whisk = await priced('Whisk', { currency: 'jpy', unit_amount: 1200 });
const tin = await priced('Tin', { currency: 'kwd', unit_amount: 4750 });
const club = await priced('Club', { currency: 'eur', unit_amount: 900, recurring: { interval: 'month' } });
const kinds = async (created) => (await all(stripe.events.list({ created: { gte: created }, limit: 100 }))).map((e) => e.type);

// An open session: prices frozen, nothing paid, no event.
const customer = await stripe.customers.create({ email: 'ada@example.com', name: 'Ada' });
const session = await stripe.checkout.sessions.create({
  mode: 'payment', customer: customer.id, client_reference_id: 'order-12', locale: 'de',
  line_items: [
    { price: mug.id, quantity: 2 },
    { price_data: { currency: 'eur', unit_amount: 150, product_data: { name: 'Sticker & <b>tag</b>' } }, quantity: 3 },
  ],
  metadata: { order: '12' }, payment_intent_data: { description: 'Order 12', metadata: { floor: '2' } },
  success_url: 'https://shop.example/thanks?session={CHECKOUT_SESSION_ID}', cancel_url: 'https://shop.example/cart',
});
assert.match(session.id, /^cs_test_\w{58}$/);
assert.deepEqual([session.status, session.payment_status, session.payment_intent, session.amount_total, session.currency], ['open', 'unpaid', null, 5450, 'eur']);
assert.deepEqual([session.client_reference_id, session.locale, session.metadata.order], ['order-12', 'de', '12']);
assert.ok(session.url.startsWith(base.origin + '/c/pay/' + session.id));
assert.equal(session.expires_at, session.created + 24 * 3600);
const lines = await all(stripe.checkout.sessions.listLineItems(session.id, { limit: 1 }));
assert.deepEqual(lines.map((l) => [l.description, l.quantity, l.amount_total]), [['Mug', 2, 5000], ['Sticker & <b>tag</b>', 3, 450]]);
assert.equal((await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items'] })).line_items.data.length, 2);
await stripe.prices.update(mug.id, { active: false });
await refused(opened(mug), { type: 'StripeInvalidRequestError', param: 'line_items[0][price]', message: /inactive/ });
await stripe.prices.update(mug.id, { active: true });

// Paid: the session, the intent, the charge and the events agree.
const done = await paid(session);
assert.equal(done.status, 200, JSON.stringify(done.body));
const after = await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent.latest_charge.balance_transaction'] });
assert.deepEqual([after.status, after.payment_status, after.url], ['complete', 'paid', null]);
const intent = after.payment_intent;
const charge = intent.latest_charge;
assert.deepEqual([intent.status, intent.amount_received, intent.description, intent.customer], ['succeeded', 5450, 'Order 12', customer.id]);
assert.deepEqual([charge.paid, charge.amount, charge.metadata.floor, charge.payment_method_details.card.last4], [true, 5450, '2', '4242']);
assert.equal(charge.metadata.order, undefined, 'the metadata of a session is not copied');
assert.equal(charge.balance_transaction.net, 5450 - charge.balance_transaction.fee);
assert.equal((await fetch(charge.receipt_url)).status, 200);
const told = await all(stripe.events.list({ created: { gte: session.created }, limit: 100 }));
for (const kind of ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded', 'checkout.session.completed']) {
  assert.equal(told.filter((e) => e.type === kind).length, 1, kind);
}
const completed = told.find((e) => e.type === 'checkout.session.completed');
assert.deepEqual([completed.data.object.id, completed.data.object.payment_status], [session.id, 'paid']);
assert.notEqual((await paid(session)).status, 200, 'a session is paid once');
assert.equal((await stripe.charges.list({ payment_intent: intent.id })).data.length, 1);
await refused(stripe.checkout.sessions.expire(session.id), { statusCode: 400, message: /^Only Checkout Sessions with a status in \["open"\] can be expired\..*`complete`/ });

// Expired: nobody can pay it later.
const late = await opened(mug);
const expired = await stripe.checkout.sessions.expire(late.id);
assert.deepEqual([expired.status, expired.payment_status, expired.url], ['expired', 'unpaid', null]);
assert.notEqual((await paid(late)).status, 200);
assert.match(await (await fetch(late.url)).text(), /expired/);

// Refused on the page, tried again there with another card.
const post = async (page, fields) => {
  const html = await (await fetch(page)).text();
  const form = new URLSearchParams();
  for (const [tag] of html.matchAll(/<(?:input|select)\b[^>]*>/g)) {
    const name = tag.match(/\bname="([^"]*)"/)?.[1];
    if (name && !/type="checkbox"/.test(tag)) form.set(name, tag.match(/\bvalue="([^"]*)"/)?.[1] ?? '');
  }
  for (const [name, value] of Object.entries(fields)) if (form.has(name)) form.set(name, value);
  return fetch(new URL(html.match(/<form[^>]*\baction="([^"]*)"/)[1], page), { method: 'POST', body: form, redirect: 'manual', headers: { Origin: new URL(page).origin } });
};
const guest = await opened(tin);
const typed = { email: 'guest@example.com', cardExpiry: '12 / 34', cardCvc: '123', billingName: 'Guest', billingCountry: 'KW', billingPostalCode: '13001' };
const declined = await post(guest.url, { ...typed, cardNumber: '4000 0000 0000 0002' });
assert.ok(declined.status >= 400 || declined.status === 200);
assert.match(await declined.text(), /declined/);
let now = await stripe.checkout.sessions.retrieve(guest.id);
assert.deepEqual([now.status, now.payment_status], ['open', 'unpaid']);
const accepted = await post(guest.url, { ...typed, cardNumber: '4242 4242 4242 4242' });
assert.equal(accepted.status, 303);
assert.equal(accepted.headers.get('location'), `https://shop.example/thanks?session=${guest.id}`);
now = await stripe.checkout.sessions.retrieve(guest.id, { expand: ['payment_intent.latest_charge.balance_transaction'] });
assert.deepEqual([now.status, now.payment_status, now.amount_total, now.currency, now.customer], ['complete', 'paid', 4750, 'kwd', null]);
assert.equal(now.customer_details.email, 'guest@example.com');
const tries = (await stripe.charges.list({ payment_intent: now.payment_intent.id })).data;
assert.deepEqual(tries.map((x) => x.status).sort(), ['failed', 'succeeded']);
assert.equal(now.payment_intent.latest_charge.balance_transaction.currency, 'kwd');
const visit = (await all(stripe.events.list({ type: 'checkout.session.completed' }))).find((e) => e.data.object.id === guest.id);
assert.deepEqual(visit.request, { id: null, idempotency_key: null }, 'no API request made what happened on the page');

// Yen have no minor unit.
const yen = await opened(whisk);
assert.deepEqual([yen.amount_total, yen.currency], [1200, 'jpy']);
assert.equal((await paid(yen)).body.payment_status, 'paid');

// A subscription: a customer is made, the invoice is paid, the intent stays null.
const start = await opened(club, { customer_email: 'member@example.com', subscription_data: { metadata: { source: 'node' } } });
assert.equal((await paid(start)).status, 200);
const joined = await stripe.checkout.sessions.retrieve(start.id, { expand: ['subscription.latest_invoice', 'customer'] });
assert.deepEqual([joined.status, joined.payment_status, joined.payment_intent], ['complete', 'paid', null]);
assert.equal(joined.customer.email, 'member@example.com');
assert.deepEqual([joined.subscription.status, joined.subscription.metadata.source, joined.subscription.latest_invoice.status], ['active', 'node', 'paid']);
const chain = await kinds(start.created);
for (const kind of ['customer.created', 'customer.subscription.created', 'invoice.finalized', 'payment_method.attached', 'customer.subscription.updated', 'invoice.paid', 'invoice.payment_succeeded']) {
  assert.ok(chain.includes(kind), kind);
}

// What Stripe refuses in a cart.
const cart = (...prices) => ({ line_items: prices.map((p) => ({ price: p.id, quantity: 1 })) });
await refused(opened(mug, cart(mug, whisk)), { type: 'StripeInvalidRequestError', statusCode: 400 });
await refused(opened(mug, cart(mug, club)), { message: /^You specified `payment` mode but passed a recurring price\./ });
await refused(opened(club, cart(mug)), { message: /^You must provide at least one recurring price in `subscription` mode/ });
await refused(opened(mug, { expires_at: late.created + 60 }), { param: 'expires_at', message: /at least 30 minutes/ });
const unknown = await raw('POST', '/v1/checkout/sessions', `mode=payment&success_url=https://shop.example&line_items[0][price]=${mug.id}&line_items[0][quantity]=1&shoes=red`);
assert.deepEqual([unknown.status, unknown.body.error.code, unknown.body.error.param], [400, 'parameter_unknown', 'shoes']);
