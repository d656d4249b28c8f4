package pages

import (
	"cmp"
	"strconv"

	g "maragu.dev/gomponents"
)

// draw is the document on its sheet.
func (v *documentPage) draw() g.Node {
	return v.page(class("alone paper"),
		bar(brand(v.Merchant)),
		el("main", class("sheet"),
			el("div", class("sheet-head"),
				el("div", el("h1", text(v.Kind)), el("p", class("muted"), isolated(v.Number))),
				el("p", statusPill(v.Status)),
			),
			v.drawParties(),
			el("p", class("sheet-amount"), text(v.amount())),
			g.If(len(v.Lines) > 0, v.drawLines()),
			totals(v.Totals),
			el("p", class("fine screen-only"), text("To keep a copy, print this page or save it as a PDF from your browser.")),
		),
		el("footer", class("foot"), el("p", text("Made by a bursar sandbox for testing. This is not a real "+v.either("receipt", "invoice")+", and no money moved."))),
	)
}

// either chooses the words of a receipt or of an invoice.
func (v *documentPage) either(receipt, invoice string) string {
	if v.Kind == "Receipt" {
		return receipt
	}
	return invoice
}

// drawParties tells who sold to whom, when, and how it was paid.
func (v *documentPage) drawParties() g.Node {
	buyer := cmp.Or(v.Customer.Name, v.Customer.Email, "Guest")
	if v.Customer.Name != "" && v.Customer.Email != "" {
		buyer += "\n" + v.Customer.Email
	}
	if v.Address != "" {
		buyer += "\n" + v.Address
	}
	return el("div", class("sheet-meta"),
		el("div", el("h2", text("From")), el("p", class("address"), auto(), text(v.Merchant))),
		el("div", el("h2", text(v.either("Paid by", "Bill to"))), el("p", class("address"), auto(), text(buyer))),
		el("div",
			el("h2", text("Date")), el("p", day(v.Created)),
			g.If(v.Card != "", g.Group{el("h2", text("Payment method")), el("p", isolated(v.Card))}),
		),
	)
}

// amount is the one figure that matters: what is due, or what was paid.
func (v *documentPage) amount() string {
	switch {
	case v.Status == "open":
		return v.Total.String() + " due"
	case v.Paid.Amount != 0 || v.Kind == "Receipt":
		return v.Paid.String() + " paid"
	}
	return v.Total.String()
}

func (v *documentPage) drawLines() g.Node {
	column := func(name string, more ...g.Node) g.Node {
		return el("th", attr("scope", "col"), g.Group(more), text(name))
	}
	return el("table",
		el("thead", el("tr", column("Description"), column("Qty", class("col")), column("Unit price", class("col")), column("Amount"))),
		el("tbody", g.Map(v.Lines, CheckoutLine.row)),
	)
}

// row is a line of the table; where there is no room for the columns in the
// middle, the name tells what they say.
func (l CheckoutLine) row() g.Node {
	quantity, unit := strconv.FormatInt(l.Quantity, 10), l.Unit.String()
	if l.Per != "" {
		unit += " / " + l.Per
	}
	return el("tr",
		el("td",
			el("div", class("line-name"), auto(), text(l.Name)),
			g.If(l.Description != "", el("div", class("line-more"), auto(), text(l.Description))),
			el("div", class("line-more brief"), text(quantity+" × "+unit)),
		),
		el("td", class("col"), text(quantity)),
		el("td", class("col"), text(unit)),
		el("td", text(l.Total.String())),
	)
}
