// The official library as a client of the sandbox whose address is the script's
// argument, and what the scripts expect of its errors.
import assert from 'node:assert/strict';
import Stripe from 'stripe';

export const base = new URL(process.argv[2]);
export const secretKey = process.argv[3];

// client returns the library with a key and any further settings.
export function client(key, settings = {}) {
  return new Stripe(key, {
    protocol: 'http',
    host: base.hostname,
    port: base.port,
    telemetry: false,
    maxNetworkRetries: 0,
    timeout: 20_000,
    ...settings,
  });
}

export const stripe = client(secretKey);

// refused waits for a call to fail and compares the error with what is wanted.
// A wanted message may be a regular expression. Every error has a request id.
export async function refused(call, want) {
  const error = await call.then(
    (done) => assert.fail(`expected ${JSON.stringify(want)}, but it worked: ${JSON.stringify(done).slice(0, 300)}`),
    (e) => e,
  );
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { message, ...fields } = want;
  const got = Object.fromEntries(Object.keys(fields).map((k) => [k, error[k]]));
  assert.deepEqual(got, fields, `${error.type}: ${error.message}`);
  if (message instanceof RegExp) assert.match(error.message, message);
  else if (message !== undefined) assert.equal(error.message, message);
  assert.match(error.requestId ?? '', /^req_\w+$/);
  return error;
}

// raw sends a form as it is written, as curl does, and returns the answer.
export async function raw(method, path, form) {
  const answer = await fetch(new URL(path, base), {
    method,
    headers: { Authorization: `Bearer ${secretKey}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form,
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

// all reads a whole list or search with the library's own paging.
export async function all(list) {
  const found = [];
  for await (const one of list) found.push(one);
  return found;
}

// until asks again until fn returns something, for at most ten seconds.
export async function until(what, fn) {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((r) => setTimeout(r, 20))) {
    const value = await fn();
    if (value) return value;
  }
  return assert.fail(`waited ten seconds for ${what}`);
}

// priced makes a product with one price.
export async function priced(name, price) {
  return stripe.prices.create({ ...price, product_data: { name } });
}

// opened makes a checkout session for one price.
export async function opened(price, more = {}) {
  return stripe.checkout.sessions.create({
    mode: price.recurring ? 'subscription' : 'payment',
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://shop.example/thanks?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://shop.example/cart',
    ...more,
  });
}

// paid confirms a session with a shared test payment method.
export async function paid(session, method = 'pm_card_visa') {
  return raw('POST', `/v1/payment_pages/${session.id}/confirm`, `payment_method=${method}`);
}
