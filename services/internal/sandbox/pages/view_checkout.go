package pages

import (
	g "maragu.dev/gomponents"
)

// draw is the checkout: the order on one side, the form that pays on the other.
func (v *checkoutPage) draw() g.Node {
	return v.frame.page(el("main", class("split"),
		el("section", class("aside"), attr("aria-label", "Order summary"), el("div", class("column"),
			el("div", class("brand"), v.drawBack(), brand(v.Merchant), badge()),
			v.drawOrder(),
			g.If(!v.NoCardNeeded, testCards(v.Expiry)),
		)),
		el("section", class("main"), attr("aria-label", "Payment"), el("div", class("column"),
			alert(v.Problem),
			v.drawForm(),
			foot(),
		)),
	))
}

// drawBack leads back to the merchant.
func (v *checkoutPage) drawBack() g.Node {
	if !v.Back.leads() {
		return nil
	}
	return el("a", class("back"), href(v.Back), attr("aria-label", "Back to "+v.Merchant), attr("title", "Back"), el("span", silent(), text("←")))
}

// drawForm is the form that pays.
func (v *checkoutPage) drawForm() g.Node {
	card := "Pay by card"
	if v.Mode == "setup" {
		card = "Card to save"
	}
	return postForm(local(v.Action), v.Token,
		g.If(v.Expected != "", hidden(expectedField, v.Expected)),
		fieldSection("Contact", v.Contact),
		fieldSection("Shipping address", v.Shipping, merchantText(v.ShippingText)),
		fieldSection("More about your order", v.Custom),
		fieldSection(card, v.Card),
		fieldSection("Billing information", v.Billing),
		v.drawTerms(),
		merchantText(v.TermsText),
		v.drawPromotions(),
		merchantText(v.CustomText),
		submit("button primary large SubmitButton", testID("hosted-payment-submit-button"), text(v.Submit)),
		g.If(v.Consent != "", el("p", class("fine submit-note"), text(v.Consent))),
		g.If(v.AfterText != "", el("p", class("fine submit-note"), auto(), text(v.AfterText))),
		g.If(!v.ExpiresAt.IsZero(), el("p", class("fine submit-note"), text("This checkout stays open until "), el("time", attr("datetime", iso(v.ExpiresAt)), text(moment(v.ExpiresAt))), text("."))),
	)
}

// merchantText is a text that the merchant adds to the form; nothing for none.
func merchantText(words string) g.Node {
	return g.If(words != "", el("p", class("submit-text"), auto(), text(words)))
}

// drawTerms asks for consent to the merchant's terms, when it is required.
func (v *checkoutPage) drawTerms() g.Node {
	if !v.TermsRequired {
		return nil
	}
	wrong, more := "", g.Group{on("required", true)}
	if v.Problem != nil && v.Problem.Field == termsField {
		wrong = v.Problem.Message
		more = append(more, attr("aria-invalid", "true"), attr("aria-describedby", termsField+"-error"))
	}
	return g.Group{
		box{Kind: "checkbox", ID: termsField, Name: termsField, Value: "true", Chosen: v.Terms, More: more}.labelled(
			el("span", text("I agree to the terms of service of "), isolated(v.Merchant)),
		),
		fieldError(termsField, wrong),
	}
}

// drawPromotions offers the merchant's news.
func (v *checkoutPage) drawPromotions() g.Node {
	if !v.AskPromotions {
		return nil
	}
	return box{Kind: "checkbox", ID: promotionsField, Name: promotionsField, Value: "true", Chosen: v.Agrees}.labelled(
		el("span", text("Send me news and offers from "), isolated(v.Merchant), text(" "), optional()),
	)
}
