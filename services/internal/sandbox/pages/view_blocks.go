package pages

import (
	g "maragu.dev/gomponents"
)

// alert tells what the person can put right, above the form. The focus starts
// there; it leads to the field that is meant. Nothing for no problem.
func alert(p *Problem) g.Node {
	if p == nil {
		return nil
	}
	message := text(p.Message)
	if p.Field != "" {
		message = el("a", href(fragment(p.Field)), message)
	}
	return el("div", class("alert"), attr("id", "problem"), attr("role", "alert"), attr("tabindex", "-1"), on("autofocus", true),
		exclamation(),
		el("div", el("h2", auto(), message)),
	)
}

// statusPill names a status of Stripe's; nothing for none.
func statusPill(status string) g.Node {
	tone, words := "", isolated(status)
	switch status {
	case "":
		return nil
	case "paid", "succeeded":
		tone, words = " good", text("Paid")
	case "open":
		tone, words = " warn", text("Open")
	case "past_due":
		tone, words = " bad", text("Past due")
	case "unpaid":
		tone, words = " bad", text("Unpaid")
	case "incomplete":
		tone, words = " warn", text("Incomplete")
	case "uncollectible":
		tone, words = " bad", text("Uncollectible")
	case "refunded":
		words = text("Refunded")
	case "void":
		words = text("Void")
	case "draft":
		words = text("Draft")
	}
	return el("span", class("pill"+tone), words)
}

// testCards lists the cards that are worth a try; expiry is a date they take.
func testCards(expiry string) g.Node {
	row := func(number, result string) g.Node { return el("div", el("dt", text(number)), el("dd", text(result))) }
	return el("aside", class("test-cards"), attr("aria-labelledby", "test-cards"),
		el("h2", attr("id", "test-cards"), text("Test cards")),
		el("dl",
			row("4242 4242 4242 4242", "succeeds"),
			row("4000 0000 0000 0002", "is declined"),
			row("4000 0000 0000 9995", "has insufficient funds"),
			row("4000 0025 0000 3155", "asks for 3-D Secure"),
		),
		el("p", class("muted"), text("With any future date, such as "), el("span", class("no-wrap"), text(expiry)), text(", and any CVC. Never type a real card here.")),
	)
}

// totals are the rows below the lines of an order or a document.
func totals(rows []total) g.Node {
	return el("dl", class("totals"), g.Map(rows, func(t total) g.Node {
		return el("div", g.If(t.Strong, class("strong")), el("dt", text(t.Label)), el("dd", text(t.Amount.String())))
	}))
}
