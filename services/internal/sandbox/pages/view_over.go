package pages

import (
	g "maragu.dev/gomponents"
)

// draw is a checkout that is over: what became of it, and where to go from here.
func (v *overPage) draw() g.Node {
	look := "button primary"
	if v.Again != "" {
		look = "button"
	}
	return v.alone(brand(v.Merchant),
		v.drawResult(),
		g.If(v.Again != "", postForm(local(v.Again), v.Token, submit("button primary", text("Start again")))),
		drawReturn(look, v.Link, v.Merchant),
	)
}

func (v *overPage) drawResult() g.Node {
	muted := func(parts ...g.Node) g.Node { return el("p", class("muted"), g.Group(parts)) }
	if !v.Done {
		return g.Group{
			el("p", class("sign"), silent(), text("×")),
			el("h1", text("This checkout has expired")),
			muted(text("It can no longer be paid, and nothing was charged. Ask "), isolated(v.Merchant), text(" for a new link.")),
		}
	}
	done := g.Group{el("p", class("sign good"), silent(), text("✓")), el("h1", text("You’re all done here"))}
	switch {
	case v.Mode == "setup":
		return append(done, muted(text("The card has been saved.")))
	case v.Total.Amount != 0:
		return append(done, el("p", class("amount"), el("span", text(v.Total.String()))), muted(text("This checkout is complete. It cannot be paid a second time.")))
	}
	return append(done, muted(text("This checkout is complete. Nothing was due.")))
}

// drawReturn is the button that leads back to the merchant; nothing when there
// is no way back.
func drawReturn(look string, to address, merchant string) g.Node {
	if !to.leads() {
		return nil
	}
	return el("a", class(look), href(to), el("span", class("clamp"), text("Return to "), isolated(merchant)))
}
