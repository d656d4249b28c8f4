// Package services is what bursar knows: the domain's types, its rules and the
// interfaces that every face (terminal, commands, later HTTP and SSH) speaks.
//
// The calls and their names follow the Fliplet Payments API: Configuration
// (Update, UpdateSigningSecret, Exists), Products (Get), Customers (Create,
// Logs, OpenBillingPortal) and Checkout (Create). Stripe's things keep Stripe's
// names and ids. The package imports the standard library only; the
// implementations live below services/internal and are wired by services/app.
package services
