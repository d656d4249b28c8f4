package pages

import (
	g "maragu.dev/gomponents"
)

// drawCards lists the cards on file.
func (v *portalPage) drawCards() g.Node {
	list := empty("No card on file.")
	if len(v.Cards) > 0 {
		list = el("ul", class("rows"), g.Map(v.Cards, v.drawCard))
	}
	return group("cards", "Payment methods", list,
		g.If(v.CanUpdateCard, button("button", v.under("payment-methods", "add"), testID("add-payment-method"), text("Add a card"))))
}

func (v *portalPage) drawCard(c PortalCard) g.Node {
	return el("li",
		el("div", class("card-face"),
			el("span", class("card-chip"), silent()),
			el("div",
				el("p", c.masked(), g.If(c.Default, g.Group{text(" "), el("span", class("pill"), text("Default"))})),
				el("p", class("small muted"), text("Expires "+c.Expires)),
			),
		),
		g.If(v.CanUpdateCard, el("div", class("side"),
			g.If(!c.Default, postForm(v.under("payment-methods", c.ID, "default"), v.Token,
				submit("button slim", text("Make default"), unseen(": "+c.spoken())))),
			button("button slim", v.under("payment-methods", c.ID, "remove"), text("Remove"), unseen(" "+c.spoken())),
		)),
	)
}

// masked names the card by its brand and last digits.
func (c PortalCard) masked() g.Node {
	return g.Group{isolated(c.Brand), text(" "), el("span", class("no-wrap"), text("•••• "+c.Last4))}
}

// spoken is the same for who listens.
func (c PortalCard) spoken() string { return c.Brand + " ending in " + c.Last4 }

// drawNewCard is the form for another card.
func (v *portalPage) drawNewCard() g.Node {
	return v.inner(
		heading("Add a card"),
		lead(text("It becomes the default for your plans.")),
		alert(v.Problem),
		postForm(local(v.Form), v.Token, fieldGrid(v.Fields), v.drawActions("primary", "Add card", "Go back")),
		testCards(v.Expiry),
	)
}

// drawRemoveCard asks before a card is removed.
func (v *portalPage) drawRemoveCard() g.Node {
	return v.inner(
		heading("Remove this card?"),
		lead(v.Card.masked(), text(", expires "+v.Card.Expires+". It cannot be used for payments any more.")),
		postForm(local(v.Form), v.Token, v.drawActions("danger", "Remove card", "Keep card")),
	)
}

// drawBilling is the form for contact and address.
func (v *portalPage) drawBilling() g.Node {
	return v.inner(
		heading("Billing information"),
		lead(text("It appears on your next invoices.")),
		alert(v.Problem),
		postForm(local(v.Form), v.Token, fieldGrid(v.Fields), v.drawActions("primary", "Save", "Go back")),
	)
}

// drawActions are the two ways on from an inner page: to do it, or back.
func (v *portalPage) drawActions(tone, yes, no string) g.Node {
	return el("div", class("actions"),
		submit("button "+tone, testID("confirm"), text(yes)),
		button("button", local(v.Base), text(no)),
	)
}
