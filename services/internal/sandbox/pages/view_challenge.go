package pages

import (
	g "maragu.dev/gomponents"
)

// draw is the 3-D Secure page: whom the money goes to, and the two answers.
func (v *challengePage) draw() g.Node {
	what := "payment"
	about := g.Group{
		el("p", class("amount"), el("span", text(v.Total.String()))),
		el("p", class("muted"), text("to "), isolated(v.Merchant)),
	}
	if v.Mode == "setup" {
		what = "card"
		about = g.Group{el("p", class("muted"), isolated(v.Merchant), text(" wants to save your card."))}
	}
	answer := func(look, id, value, words string) g.Node {
		return submit(look, attr("id", id), attr("name", "answer"), attr("value", value), text(words))
	}
	return v.alone(brand(v.Merchant),
		el("p", class("fine"), text("3-D Secure test page")),
		el("h1", text("Is this "+what+" yours?")),
		about,
		el("p", class("muted small"), text("Here a bank would ask you to confirm. In the sandbox you choose what it finds.")),
		g.If(v.Message != "", el("p", class("field-error"), attr("role", "alert"), attr("tabindex", "-1"), on("autofocus", true), exclamation(), el("span", text(v.Message)))),
		postForm(local(v.Action), v.Token, class("stack"),
			answer("button primary", "test-source-authorize-3ds", "pass", "Complete"),
			answer("button", "test-source-fail-3ds", "fail", "Fail"),
		),
	)
}
