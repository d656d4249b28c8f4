// Search of the demo shop's customers, as the library pages through it.
import assert from 'node:assert/strict';
import { stripe, all, refused } from './client.mjs';

const everyone = await all(stripe.customers.list({ limit: 100 }));
const search = async (query, limit = 100) => (await all(stripe.customers.search({ query, limit }))).map((o) => o.id);
const among = (keep) => everyone.filter(keep).map((o) => o.id);

const grace = everyone.find((o) => o.name === 'Grace Okonkwo');
assert.ok(grace);
const answer = await stripe.customers.search({ query: 'email:"grace.okonkwo@lagosletters.example"' });
assert.deepEqual([answer.object, answer.url, answer.has_more, answer.next_page], ['search_result', '/v1/customers/search', false, null]);
assert.deepEqual(answer.data.map((o) => o.id), [grace.id]);
assert.deepEqual(await search('email:"GRACE.okonkwo@lagosletters.example"'), [grace.id]);
assert.deepEqual(await search("name~'okon'"), [grace.id]);
assert.deepEqual(await search('name~"おはよう"'), []);
assert.deepEqual(await search('name~"Wójcik"'), among((o) => o.name?.includes('Wójcik')));
assert.deepEqual(await search('name:"Siobhán O\'Dwyer"'), among((o) => o.name === "Siobhán O'Dwyer"));
assert.deepEqual(await search("name:'Siobhán O\\'Dwyer'"), among((o) => o.name === "Siobhán O'Dwyer"));

// Any page size gives the same customers; several clauses; negation.
const example = await search('email~"example"');
assert.deepEqual(example, among((o) => o.email?.includes('example')));
assert.ok(example.length > 20);
assert.deepEqual(await search('email~"example"', 7), example);
assert.deepEqual(await search('email~"example" AND -name~"okon"'), example.filter((id) => id !== grace.id));
assert.deepEqual(await search('name~"okon" OR email~"moka-express"'), among((o) => o.name?.includes('Okon') || o.email?.includes('moka-express')));
assert.deepEqual(await search('name:null'), among((o) => o.name === null));
const middle = everyone[10].created;
assert.deepEqual(await search(`created>${middle}`), among((o) => o.created > middle));

await stripe.customers.update(grace.id, { metadata: { 'order id': '12 "a"' } });
assert.deepEqual(await search('metadata["order id"]:"12 \\"a\\""'), [grace.id]);

for (const [query, message] of [
  ['shoes:"red"', /shoes/],
  ['name~"ab"', /at least 3/],
  ['name:"a" AND email:"b" OR phone:"c"', /AND or by OR/],
  ['name:"unfinished', /position \d+/],
]) {
  await refused(stripe.customers.search({ query }), { type: 'StripeInvalidRequestError', statusCode: 400, param: 'query', message });
}
await refused(stripe.customers.search({}), { code: 'parameter_missing', param: 'query' });
