// Package screens names every page of the interface: the numbered tabs, and the
// factory of each kind of page. It is the only package that imports them all.
package screens

import (
	"bursar/screens/checkout"
	"bursar/screens/customer"
	"bursar/screens/customers"
	"bursar/screens/event"
	"bursar/screens/home"
	"bursar/screens/logs"
	"bursar/screens/portal"
	"bursar/screens/products"
	"bursar/screens/setup"
	"bursar/screens/waiting"
	"bursar/screens/webhooks"
	"bursar/tui"
)

// Tabs are the numbered pages, in their order.
func Tabs() []tui.Tab {
	return []tui.Tab{
		{Kind: tui.Home, Name: "Home"},
		{Kind: tui.Setup, Name: "Setup"},
		{Kind: tui.Webhooks, Name: "Webhooks"},
		{Kind: tui.Catalogue, Name: "Products"},
		{Kind: tui.Customers, Name: "Customers"},
		{Kind: tui.Logs, Name: "Logs"},
		{Kind: tui.Checkout, Name: "Checkout"},
	}
}

// Factories make the page of each kind.
func Factories() map[tui.Kind]tui.Factory {
	return map[tui.Kind]tui.Factory{
		tui.Home:      home.New,
		tui.Setup:     setup.New,
		tui.Webhooks:  webhooks.New,
		tui.Catalogue: products.New,
		tui.Customers: customers.New,
		tui.Customer:  customer.New,
		tui.Logs:      logs.New,
		tui.Event:     event.New,
		tui.Checkout:  checkout.New,
		tui.Waiting:   waiting.New,
		tui.Portal:    portal.New,
	}
}
