package pages

import (
	"strconv"

	g "maragu.dev/gomponents"
)

// drawCancelPlan asks before a plan is canceled, and why.
func (v *portalPage) drawCancelPlan() g.Node {
	end := lead(text("The plan stays yours until "), el("strong", day(v.Plan.Renews)), text(". After that it ends, and you are not charged again. Until then you can change your mind here."))
	if v.CancelNow {
		end = lead(text("The plan ends at once, and you are not charged again."))
	}
	return v.inner(
		heading("Cancel your plan"),
		alert(v.Problem),
		el("ul", class("rows"), planRow("plan", "", v.Plan.Name, v.Plan.Price)),
		end,
		postForm(local(v.Form), v.Token, v.drawReasons(), v.drawActions("danger", "Cancel plan", "Keep plan")),
	)
}

// planRow is a plan that is talked about; above may say which one it is.
func planRow(state, above, name, price string) g.Node {
	return el("li", class(state), el("div",
		g.If(above != "", el("p", class("small muted"), text(above))),
		planName(name),
		planPrice(price),
	))
}

// drawReasons asks why, when the merchant wants to know.
func (v *portalPage) drawReasons() g.Node {
	if !v.AskReason {
		return nil
	}
	reason := func(c choice) g.Node {
		return box{Kind: "radio", ID: "reason-" + c.Value, Name: "feedback", Value: c.Value, Chosen: c.Value == v.Chosen.Feedback}.labelled(el("span", text(c.Label)))
	}
	return el("fieldset", class("section"),
		el("legend", text("Why are you leaving? "), optional()),
		el("div", class("choices"), g.Map(v.Reasons, reason)),
		el("div", class("fields"), el("div", class("field"),
			el("label", attr("for", "comment"), text("Anything else? "), optional()),
			el("textarea", class("input"), attr("id", "comment"), attr("name", "comment"), attr("rows", "3"), attr("maxlength", "500"), auto(), text(v.Chosen.Comment)),
		)),
	)
}

// drawChoosePlan offers other plans, and another quantity.
func (v *portalPage) drawChoosePlan() g.Node {
	plan := func(p PlanChoice) g.Node {
		return box{Kind: "radio", ID: "plan-" + p.Price, Name: "price", Value: p.Price, Chosen: p.Price == v.Plan.Plan}.labelled(
			el("span", el("span", class("plan-name"), auto(), text(p.Name)), text(" "), el("span", class("muted"), text(p.Amount))),
		)
	}
	return v.inner(
		heading("Update your plan"),
		el("ul", class("rows"), planRow("plan", "Your plan now", v.Plan.Name, v.Plan.Price)),
		el("form", attr("method", "get"), action(local(v.Form)),
			g.If(len(v.Choices) > 0, el("fieldset", class("section"), el("legend", text("Choose a plan")), el("div", class("choices"), g.Map(v.Choices, plan)))),
			g.If(len(v.Fields) > 0, fieldGrid(v.Fields)),
			el("div", class("actions"), submit("button primary", text("Continue")), button("button", local(v.Base), text("Keep my plan"))),
		),
	)
}

// drawConfirmPlan asks before a plan is changed.
func (v *portalPage) drawConfirmPlan() g.Node {
	name, price := v.NextPlan.Name, v.NextPlan.Amount
	if v.Next.Quantity > 1 {
		name, price = strconv.FormatInt(v.Next.Quantity, 10)+" × "+name, price+" each"
	}
	settled := "The change takes effect at once. Any difference for the rest of this period is settled on your next invoice."
	switch {
	case v.Plan.Status == "trialing":
		settled = "Your free trial ends now, and the first period is charged to your card."
	case v.UpdateBilledNow:
		settled = "The difference for the rest of this period is charged to your card now."
	}
	return v.inner(
		heading("Confirm your new plan"),
		alert(v.Problem),
		el("ul", class("rows"),
			planRow("plan ended", "Until now", v.Plan.Name, v.Plan.Price),
			planRow("plan", "From now on", name, price),
		),
		lead(text(settled)),
		postForm(local(v.Form), v.Token,
			hidden("price", v.Next.Price),
			hidden("quantity", strconv.FormatInt(v.Next.Quantity, 10)),
			v.drawActions("primary", "Confirm", "Keep my plan"),
		),
	)
}

// drawFlowOver says that a flow is complete.
func (v *portalPage) drawFlowOver() g.Node {
	return v.alone(brand(v.Merchant),
		el("p", class("sign good"), silent(), text("✓")),
		el("h1", text(v.Done)),
		g.If(v.AfterMessage != "", el("p", class("muted clamp"), auto(), text(v.AfterMessage))),
		drawReturn("button primary", v.Return, v.Merchant),
	)
}
