package pages

import (
	"strconv"

	g "maragu.dev/gomponents"
)

// drawOrder is the summary of what is bought, with the small forms that change
// it.
func (v *checkoutPage) drawOrder() g.Node {
	o := v.Order
	headline := "headline clamp"
	if o.Amount == "" {
		headline += " only"
	}
	return g.Group{
		el("h1", class(headline), auto(), text(o.Headline)),
		g.If(o.Amount != "", el("p", class("amount"),
			el("span", testID("product-summary-total-amount"), text(o.Amount)),
			g.If(o.Per != "", g.Group{text(" "), el("span", class("per"), text(o.Per))}),
		)),
		g.If(o.Note != "", el("p", class("note"), text(o.Note))),
		v.Ask.drawAmount(),
		g.If(len(o.Lines) > 0, el("ul", class("lines"), g.Map(o.Lines, v.Ask.drawLine))),
		v.Ask.drawShipping(),
		v.Ask.drawCode(),
		v.Ask.drawRemove(),
		g.If(len(o.Totals) > 0, totals(o.Totals)),
	}
}

// form is one of the small forms.
func (o orderForms) form(kind string, parts ...g.Node) g.Node {
	return postForm(local(o.Action), o.Token, class(kind), g.Group(parts))
}

// drawLine is a line with the form for its quantity, when it may be changed.
func (o orderForms) drawLine(l orderLine) g.Node {
	return el("li", class("line"), l.CheckoutLine.draw(), g.Iff(l.Ask != nil, func() g.Node {
		return o.form("adjust quantity", hidden("line", l.ID), l.Ask.draw(),
			submit("button slim", text("Update"), unseen(" the quantity of "+l.Ask.Of)))
	}))
}

func (l CheckoutLine) draw() g.Node {
	total := g.Group{text(l.Total.String())}
	if l.Metered {
		total = g.Group{text(l.Unit.String()), el("span", class("muted"), text(" per unit"))}
	}
	more := ""
	switch {
	case l.Metered:
		more = "Charged by use"
	case l.Quantity > 1:
		more = "Qty " + strconv.FormatInt(l.Quantity, 10) + " · " + l.Unit.String() + " each"
	}
	return g.Group{
		el("span", class("line-name"), auto(), text(l.Name)),
		el("span", class("line-total"), total, g.If(l.Per != "", el("span", class("muted"), text(" / "+l.Per)))),
		g.If(l.Description != "", el("span", class("line-more"), auto(), text(l.Description))),
		g.If(more != "", el("span", class("line-more"), text(more))),
	}
}

// drawAmount asks for an amount of the person's own.
func (o orderForms) drawAmount() g.Node {
	if len(o.Amount) == 0 {
		return nil
	}
	return o.form("adjust", fieldGrid(o.Amount), submit("button", text("Update"), unseen(" the amount")))
}

// drawShipping offers the ways to ship.
func (o orderForms) drawShipping() g.Node {
	if len(o.Shipping) == 0 {
		return nil
	}
	return o.form("choose",
		el("fieldset", el("legend", class("label"), text("Shipping method")), g.Map(o.Shipping, ShippingOption.draw)),
		submit("button slim", text("Update shipping")),
	)
}

func (s ShippingOption) draw() g.Node {
	price := "Free"
	if s.Amount.Amount != 0 {
		price = s.Amount.String()
	}
	return box{Kind: "radio", ID: "ship-" + s.Rate, Name: "shippingRate", Value: s.Rate, Chosen: s.Chosen}.labelled(
		el("span", class("way"),
			el("span", auto(), text(s.Name)),
			g.If(s.Delivery != "", g.Group{text(" "), el("span", class("muted small"), text(s.Delivery))}),
		),
		el("span", class("line-total"), text(price)),
	)
}

// drawCode asks for a promotion code.
func (o orderForms) drawCode() g.Node {
	if len(o.Code) == 0 {
		return nil
	}
	return o.form("adjust", fieldGrid(o.Code), submit("button", text("Apply"), unseen(" promotion code")))
}

// drawRemove takes the promotion code off again.
func (o orderForms) drawRemove() g.Node {
	if o.Remove == "" {
		return nil
	}
	return o.form("adjust applied", hidden("removeCode", "true"),
		el("p", text("Code "), el("bdi", class("pill good"), text(o.Remove))),
		submit("button slim", text("Remove"), unseen(" the code "+o.Remove)),
	)
}
