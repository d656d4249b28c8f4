package pages

import (
	"cmp"
	"net/url"

	g "maragu.dev/gomponents"
)

// inner is a page of the portal: whose it is on one side, what is given on the
// other.
func (v *portalPage) inner(parts ...g.Node) g.Node {
	return v.page(el("div", class("split portal"),
		el("header", class("aside"), el("div", class("column"),
			el("div", class("brand"), brand(v.Merchant), badge()),
			g.If(v.Headline != "", el("p", class("lead clamp"), auto(), text(v.Headline))),
			el("p", class("lead"),
				text("Plans, cards and invoices"),
				g.If(v.Customer.Email != "", g.Group{text(" of "), isolated(v.Customer.Email)}),
				text("."),
			),
			g.If(v.Return.leads(), el("p", class("return"), el("a", href(v.Return), el("span", silent(), text("← ")), text("Return to "), isolated(v.Merchant)))),
			v.drawLegal(),
		)),
		el("main", class("main wide"), el("div", class("column"), g.Group(parts), foot())),
	))
}

// drawLegal links the merchant's terms and privacy policy.
func (v *portalPage) drawLegal() g.Node {
	if !v.Legal.leads() && !v.Privacy.leads() {
		return nil
	}
	return el("p", class("fine legal"),
		g.If(v.Legal.leads(), g.Group{el("a", href(v.Legal), text("Terms")), text(" ")}),
		g.If(v.Privacy.leads(), el("a", href(v.Privacy), text("Privacy"))),
	)
}

func heading(words string) g.Node { return el("h1", class("title"), text(words)) }

func lead(parts ...g.Node) g.Node { return el("p", class("lead"), g.Group(parts)) }

// draw is the portal's first page.
func (v *portalPage) draw() g.Node {
	return v.inner(
		heading("Manage your billing"),
		alert(v.Problem),
		g.If(v.Done != "", el("div", class("notice"), attr("role", "status"), el("span", class("mark"), silent(), text("✓")), el("p", text(v.Done)))),
		v.drawPlans(),
		v.drawCards(),
		v.drawInformation(),
		v.drawInvoices(),
	)
}

// group is a titled part of the portal's first page.
func group(id, title string, parts ...g.Node) g.Node {
	return el("section", class("group"), attr("aria-labelledby", id), el("h2", attr("id", id), text(title)), g.Group(parts))
}

// under is an address below the portal's first page.
func (v *portalPage) under(parts ...string) address {
	path := v.Base
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return local(path)
}

// drawInformation tells what the merchant knows about the customer.
func (v *portalPage) drawInformation() g.Node {
	fact := func(name, value string) g.Node {
		return g.If(value != "", g.Group{el("dt", text(name)), el("dd", auto(), text(value))})
	}
	return group("info", "Billing information",
		el("dl", class("facts"),
			fact("Name", v.Customer.Name),
			fact("Email", v.Customer.Email),
			fact("Phone", v.Customer.Phone),
			fact("Address", cmp.Or(v.Address, "Not set")),
		),
		g.If(v.CanUpdateInfo && len(v.Editable) > 0, button("button", v.under("billing"), testID("update-billing"), text("Update information"))),
	)
}

// drawInvoices is the history, when it is shown at all.
func (v *portalPage) drawInvoices() g.Node {
	if !v.ShowInvoices {
		return nil
	}
	if len(v.Invoices) == 0 {
		return group("invoices", "Invoice history", empty("No invoices yet."))
	}
	return group("invoices", "Invoice history", el("ul", class("rows tight"), g.Map(v.Invoices, PortalInvoice.draw)))
}

func (i PortalInvoice) draw() g.Node {
	return el("li",
		el("div",
			el("a", href(local(i.Path)), day(i.Created)),
			g.If(i.Number != "", g.Group{text(" "), el("span", class("muted small"), isolated(i.Number))}),
		),
		el("div", class("side"), el("span", text(i.Total.String())), statusPill(i.Status)),
	)
}

// empty says that a list has nothing in it.
func empty(words string) g.Node { return el("p", class("empty"), text(words)) }
