// Lists of the demo shop: the library's paging in both directions, the cursors,
// filters, expand.
import assert from 'node:assert/strict';
import { stripe, all, refused } from './client.mjs';

// Walking with any limit gives each object once, in the same order.
const lists = {
  customers: stripe.customers, products: stripe.products, prices: stripe.prices, events: stripe.events,
  charges: stripe.charges, 'payment intents': stripe.paymentIntents, 'checkout sessions': stripe.checkout.sessions,
  invoices: stripe.invoices, subscriptions: stripe.subscriptions, 'balance transactions': stripe.balanceTransactions,
};
const fewest = { customers: 25, products: 8, prices: 8, events: 300, charges: 25, 'payment intents': 25, 'checkout sessions': 25, invoices: 5, subscriptions: 3, 'balance transactions': 25 };
for (const [name, resource] of Object.entries(lists)) {
  const more = name === 'subscriptions' ? { status: 'all' } : {};
  const whole = await all(resource.list({ limit: 100, ...more }));
  assert.ok(whole.length >= fewest[name], `the demo shop has ${whole.length} ${name}`);
  const ids = whole.map((o) => o.id);
  assert.equal(new Set(ids).size, ids.length, `${name}: none comes twice`);
  for (let i = 1; i < whole.length; i++) assert.ok(whole[i - 1].created >= whole[i].created, `${name}: newest first`);
  const limits = name === 'events' ? [37] : [1, 3, 7];
  for (const limit of limits) {
    const walked = await all(resource.list({ limit, ...more }));
    assert.deepEqual(walked.map((o) => o.id), ids, `${name}, ${limit} at a time`);
  }
  // Backwards, from the oldest one: the library turns each page around.
  const back = await all(resource.list({ limit: name === 'events' ? 41 : 4, ending_before: ids.at(-1), ...more }));
  assert.deepEqual(back.map((o) => o.id), ids.slice(0, -1).reverse(), `${name}, backwards`);
}
const limited = await stripe.customers.list({ limit: 3 }).autoPagingToArray({ limit: 10 });
assert.equal(limited.length, 10);

// The envelope, its default, and cursors by hand.
const page = await stripe.customers.list();
assert.deepEqual([page.object, page.url, page.has_more, page.data.length], ['list', '/v1/customers', true, 10]);
const [a, b, c, d, e] = page.data.map((o) => o.id);
const ids = (list) => list.data.map((o) => o.id);
assert.deepEqual(ids(await stripe.customers.list({ starting_after: b, limit: 2 })), [c, d]);
const before = await stripe.customers.list({ ending_before: e, limit: 2 });
assert.deepEqual([ids(before), before.has_more], [[c, d], true]);
const top = await stripe.customers.list({ ending_before: c });
assert.deepEqual([ids(top), top.has_more], [[a, b], false]);
assert.deepEqual((await stripe.customers.list({ ending_before: a })).data, []);
await refused(stripe.customers.list({ starting_after: 'cus_nobody' }), {
  type: 'StripeInvalidRequestError', statusCode: 400, code: 'resource_missing', param: 'starting_after', message: "No such customer: 'cus_nobody'",
});
await refused(stripe.customers.list({ starting_after: a, ending_before: b }), {
  message: 'Received both starting_after and ending_before parameters. Please pass in only one.',
});
await refused(stripe.customers.list({ colour: 'red' }), { code: 'parameter_unknown', param: 'colour', message: 'Received unknown parameter: colour' });
assert.equal((await stripe.customers.list({ limit: 1, expand: ['total_count'] })).total_count, (await all(stripe.customers.list({ limit: 100 }))).length);

// Filters, by hash and by value.
const everyone = await all(stripe.customers.list({ limit: 100 }));
const middle = everyone[12].created;
const young = await all(stripe.customers.list({ limit: 5, created: { gte: middle } }));
assert.deepEqual(young.map((o) => o.id), everyone.filter((o) => o.created >= middle).map((o) => o.id));
assert.ok(young.length < everyone.length);
assert.ok((await stripe.customers.list({ created: middle })).data.every((o) => o.created === middle));
const someone = everyone.find((o) => o.email);
assert.ok(ids(await stripe.customers.list({ email: someone.email })).includes(someone.id));

// Expand: one level, nested, in lists, and what cannot be.
const charge = (await stripe.charges.list({ limit: 1, expand: ['data.payment_intent.latest_charge', 'data.customer', 'data.balance_transaction'] })).data[0];
assert.equal(charge.payment_intent.object, 'payment_intent');
assert.equal(charge.payment_intent.latest_charge.id, charge.id);
assert.equal(charge.customer.object, 'customer');
assert.equal(charge.balance_transaction.net, charge.amount - charge.balance_transaction.fee);
const session = (await stripe.checkout.sessions.list({ status: 'complete', limit: 1 })).data[0];
assert.equal(session.line_items, undefined);
const shown = await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items.data.price.product', 'customer'] });
assert.equal(shown.line_items.object, 'list');
assert.equal(shown.line_items.data[0].object, 'item');
assert.equal(shown.line_items.data[0].price.product.object, 'product');
assert.equal(shown.customer.id, session.customer);
const sub = (await stripe.subscriptions.list({ limit: 1, expand: ['data.latest_invoice.payment_intent'] })).data[0];
assert.equal(sub.latest_invoice.object, 'invoice');
assert.equal(typeof sub.latest_invoice.payment_intent?.status, 'string');
assert.equal((await stripe.subscriptions.retrieve(sub.id, { expand: ['items.data.price.product'] })).items.data[0].price.product.object, 'product');
await refused(stripe.subscriptions.list({ expand: ['data.items.data.price.product'] }), { message: /^You cannot expand more than 4 levels of a property\./ });
await refused(stripe.customers.retrieve(a, { expand: ['shoes'] }), { statusCode: 400, message: /^This property cannot be expanded \(shoes\)\./ });
await refused(stripe.customers.list({ expand: ['shoes'] }), { message: /You may want to try expanding 'data\.shoes' instead\./ });
await refused(stripe.charges.list({ expand: ['data.customer.shoes'] }), { message: /^This property cannot be expanded/ });

// Events by type, by several, by pattern.
const count = async (query) => (await all(stripe.events.list({ limit: 100, ...query }))).map((x) => x.type);
const kinds = await count({});
const of = (...names) => kinds.filter((k) => names.includes(k)).length;
assert.equal((await count({ type: 'charge.succeeded' })).length, of('charge.succeeded'));
assert.ok(of('charge.succeeded') > 0 && of('charge.failed') > 0);
assert.equal((await count({ types: ['charge.succeeded', 'charge.failed'] })).length, of('charge.succeeded', 'charge.failed'));
const invoices = await count({ type: 'invoice.*' });
assert.equal(invoices.length, kinds.filter((k) => k.startsWith('invoice.')).length);
assert.ok(invoices.length > 0);
await refused(stripe.events.list({ type: 'charge.succeeded', types: ['charge.failed'] }), { type: 'StripeInvalidRequestError' });
const event = await stripe.events.retrieve((await stripe.events.list({ limit: 1 })).data[0].id);
assert.deepEqual([event.object, event.api_version, event.livemode], ['event', '2023-10-16', false]);
assert.equal(typeof event.data.object.object, 'string');
