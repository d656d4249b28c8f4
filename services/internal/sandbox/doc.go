// Package sandbox is a stateful, Stripe-compatible server on loopback, API
// version 2023-10-16. Resources are described as data (resources_*.go: fields,
// parameters, filters, expandable properties, ids); code is written by hand only
// for behaviour: payments, checkout, invoices, subscriptions, the portal.
//
// A request runs in a transaction (tx) over documents held in memory. What it
// changed, objects, events, the idempotency record and queued deliveries, is
// committed to one SQLite file before the request is answered. Writers take
// turns; readers run together. The clock (clock.go) does what time does: it
// expires sessions, renews subscriptions and retries invoices. webhooks.go
// delivers signed events. Join shares one shop between processes.
//
// Section numbers in comments refer to the sandbox specification the project
// keeps (wire behaviour, event orders, test cards).
package sandbox

// APIVersion is the only Stripe API version that the sandbox speaks.
const APIVersion = "2023-10-16"
