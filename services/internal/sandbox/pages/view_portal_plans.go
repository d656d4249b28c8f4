package pages

import (
	g "maragu.dev/gomponents"
)

// drawPlans lists the subscriptions with what can be done about each.
func (v *portalPage) drawPlans() g.Node {
	if len(v.Subscriptions) == 0 {
		return nil
	}
	return group("plans", "Plans", el("ul", class("rows"), g.Map(v.Subscriptions, v.drawPlan)))
}

func (v *portalPage) drawPlan(p PortalSubscription) g.Node {
	state := "plan"
	if p.Ended {
		state += " ended"
	}
	return el("li", class(state),
		el("div", planName(p.Name), planPrice(p.Price), p.drawState()),
		g.If(!p.Ended, el("div", class("side"), v.drawUpdate(p), v.drawCancel(p))),
	)
}

func planName(name string) g.Node {
	return el("p", class("plan-name"), auto(), text(name))
}

func planPrice(price string) g.Node { return el("p", class("plan-price"), text(price)) }

// drawState tells how long the plan goes on.
func (p PortalSubscription) drawState() g.Node {
	switch {
	case p.Ended:
		return el("p", class("small muted"), text("Ended"),
			g.If(!p.Renews.IsZero(), g.Group{text(" on "), day(p.Renews)}),
			text(" "), el("span", class("pill"), text("Canceled")))
	case p.Canceled:
		return el("p", class("small"), el("span", class("pill warn"), text("Cancels on "), day(p.Renews)))
	case p.Status == "trialing":
		return el("p", class("small muted"), text("Free until "), day(p.Renews), text(" "), el("span", class("pill good"), text("Trial")))
	case p.Status == "active":
		return el("p", class("small muted"), text("Renews on "), day(p.Renews))
	}
	return el("p", class("small"), statusPill(p.Status))
}

// drawUpdate leads to a change of the plan, where there is one.
func (v *portalPage) drawUpdate(p PortalSubscription) g.Node {
	if p.Plan == "" || p.Canceled || !v.ChangePrice && !v.ChangeQuantity {
		return nil
	}
	return button("button", v.under("subscriptions", p.ID, "update"), testID("update-subscription"), text("Update plan"), unseen(": "+p.Name))
}

// drawCancel ends the plan, or takes that back.
func (v *portalPage) drawCancel(p PortalSubscription) g.Node {
	switch {
	case !v.CanCancel:
		return nil
	case p.Canceled:
		return postForm(v.under("subscriptions", p.ID, "resume"), v.Token,
			submit("button primary", testID("renew-subscription"), text("Don’t cancel"), unseen(" "+p.Name)))
	}
	return button("button", v.under("subscriptions", p.ID, "cancel"), testID("cancel-subscription"), text("Cancel plan"), unseen(": "+p.Name))
}
