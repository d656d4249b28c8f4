// Subscriptions and the billing portal.
import assert from 'node:assert/strict';
import { base, stripe, all, refused, priced, opened, paid } from './client.mjs';

const club = await priced('Club', { currency: 'eur', unit_amount: 900, recurring: { interval: 'month' } });
const bigger = await stripe.prices.create({ product: club.product, currency: 'eur', unit_amount: 1900, recurring: { interval: 'month' } });
const customer = await stripe.customers.create({ email: 'member@example.com' });
assert.equal((await paid(await opened(club, { customer: customer.id }))).status, 200);
const [sub] = (await stripe.subscriptions.list({ customer: customer.id })).data;
assert.deepEqual([sub.status, sub.items.data[0].price.id, sub.cancel_at_period_end], ['active', club.id, false]);
assert.ok(sub.current_period_end > sub.current_period_start + 27 * 86400);

// Changed: metadata, the end of the period and back.
const updates = async () => (await all(stripe.events.list({ type: 'customer.subscription.updated', limit: 100 }))).filter((e) => e.data.object.id === sub.id);
const from = (await updates()).length;
assert.equal((await stripe.subscriptions.update(sub.id, { metadata: { seat: '4' } })).metadata.seat, '4');
const ending = await stripe.subscriptions.update(sub.id, { cancel_at_period_end: true });
assert.deepEqual([ending.status, ending.cancel_at_period_end, ending.cancel_at], ['active', true, sub.current_period_end]);
const resumed = await stripe.subscriptions.update(sub.id, { cancel_at_period_end: false });
assert.deepEqual([resumed.cancel_at_period_end, resumed.cancel_at, resumed.canceled_at], [false, null, null]);
const told = await updates();
assert.equal(told.length, from + 3);
assert.equal(told[0].data.previous_attributes.cancel_at_period_end, true);
assert.equal(told[1].data.previous_attributes.cancel_at_period_end, false);
assert.equal(told[1].data.object.cancel_at_period_end, true);
assert.deepEqual(told[2].data.previous_attributes.metadata, { seat: null });
// A change of plan: the same item, with the difference waiting for the next invoice.
const changed = await stripe.subscriptions.update(sub.id, { items: [{ id: sub.items.data[0].id, price: bigger.id }] });
assert.deepEqual([changed.items.data.length, changed.items.data[0].id, changed.items.data[0].price.id], [1, sub.items.data[0].id, bigger.id]);
const pending = (await stripe.invoiceItems.list({ customer: customer.id, pending: true })).data;
assert.equal(pending.length, 2);
assert.ok(pending.every((item) => item.proration && item.subscription === sub.id));
await refused(stripe.subscriptions.update(sub.id, { days_until_due: 3 }), {
  type: 'StripeInvalidRequestError', statusCode: 400, param: 'days_until_due', message: /does not support/,
});

// The portal: a short-lived page of the customer, which leads back.
const portal = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: 'https://shop.example/account' });
assert.match(portal.id, /^bps_\w{24}$/);
assert.deepEqual([portal.object, portal.customer, portal.return_url, portal.livemode], ['billing_portal.session', customer.id, 'https://shop.example/account', false]);
assert.ok(portal.url.startsWith(base.origin + '/p/session/'));
const page = await fetch(portal.url);
const html = await page.text();
assert.equal(page.status, 200);
assert.match(html, /https:\/\/shop\.example\/account/);
assert.match(html, /Club/);
await refused(stripe.billingPortal.sessions.create({ customer: 'cus_nobody' }), { statusCode: 400, code: 'resource_missing', param: 'customer' });
await refused(stripe.billingPortal.sessions.create({}), { code: 'parameter_missing', param: 'customer' });
assert.equal((await stripe.billingPortal.configurations.list({ is_default: true })).data.length, 1);

// Ended at once: DELETE with its parameters in the query.
const over = await stripe.subscriptions.cancel(sub.id, { cancellation_details: { comment: 'moving away', feedback: 'other' } });
assert.deepEqual([over.object, over.status, over.cancellation_details.comment, over.cancellation_details.feedback], ['subscription', 'canceled', 'moving away', 'other']);
assert.equal(over.ended_at, over.canceled_at);
assert.deepEqual((await stripe.subscriptions.list({ customer: customer.id })).data, []);
assert.deepEqual((await stripe.subscriptions.list({ customer: customer.id, status: 'canceled' })).data.map((s) => s.id), [sub.id]);
await refused(stripe.subscriptions.cancel(sub.id), { type: 'StripeInvalidRequestError' });
assert.equal((await stripe.events.list({ type: 'customer.subscription.deleted', limit: 1 })).data[0].data.object.id, sub.id);

// Deleting a customer ends what is left.
assert.equal((await paid(await opened(club, { customer: customer.id }))).status, 200);
await stripe.customers.del(customer.id);
assert.deepEqual((await stripe.subscriptions.list({ customer: customer.id, status: 'active' }).catch(() => ({ data: [] }))).data, []);
