package pages

import (
	"net/http"
	"slices"
	"strconv"
)

// changeable finds the plan that an address is about, when it can be changed
// here. It has answered the request when ok is false.
func (s *server) changeable(w http.ResponseWriter, r *http.Request, title string) (v portalPage, ok bool) {
	if v, ok = s.openPortal(w, r, title); !ok {
		return v, false
	}
	i := slices.IndexFunc(v.Subscriptions, func(p PortalSubscription) bool { return p.ID == r.PathValue("subscription") })
	if i < 0 || v.Subscriptions[i].Plan == "" || v.Subscriptions[i].Ended {
		s.message(w, r, http.StatusNotFound)
		return v, false
	}
	v.Plan = v.Subscriptions[i]
	v.Base = portalPath(r.PathValue("token"))
	return v, true
}

// choosePlan shows the plans that this one can be changed to.
func (s *server) choosePlan(w http.ResponseWriter, r *http.Request) {
	v, ok := s.changeable(w, r, "Update your plan")
	if !ok {
		return
	}
	if !v.ChangePrice && !v.ChangeQuantity {
		s.message(w, r, http.StatusNotFound)
		return
	}
	if v.ChangePrice {
		for _, p := range v.Plans {
			if p.Currency == v.Plan.Currency {
				v.Choices = append(v.Choices, p)
			}
		}
	}
	if v.ChangeQuantity {
		v.Fields = []field{{ID: "quantity", Label: "Quantity", Type: "number", Value: strconv.FormatInt(v.Plan.Quantity, 10), Min: "1", Max: "999999", Autocomplete: "off", InputMode: "numeric", Required: true}}
	}
	v.Form += "/confirm"
	s.render(w, r, http.StatusOK, v.drawChoosePlan())
}

// askPlan asks before a plan is changed. What it is changed to stands in the
// address.
func (s *server) askPlan(w http.ResponseWriter, r *http.Request) {
	s.showAskPlan(w, r, http.StatusOK, nil, planOf(r.URL.Query().Get))
}

func (s *server) showAskPlan(w http.ResponseWriter, r *http.Request, status int, problem *Problem, change PlanChange) {
	v, ok := s.changeable(w, r, "Confirm your new plan")
	if !ok {
		return
	}
	if change.Price == "" {
		change.Price = v.Plan.Plan
	}
	if change.Quantity == 0 {
		change.Quantity = v.Plan.Quantity
	}
	v.Next, v.Problem = change, place(problem)
	v.NextPlan = PlanChoice{Price: v.Plan.Plan, Name: v.Plan.Name, Amount: v.Plan.Price}
	if i := slices.IndexFunc(v.Plans, func(p PlanChoice) bool { return p.Price == change.Price }); i >= 0 {
		v.NextPlan = v.Plans[i]
	} else if change.Price != v.Plan.Plan {
		s.message(w, r, http.StatusNotFound)
		return
	}
	s.render(w, r, status, v.drawConfirmPlan())
}

func (s *server) updatePlan(w http.ResponseWriter, r *http.Request) {
	read := func() PlanChange { return planOf(func(name string) string { return value(r, name) }) }
	problem, status := s.submitted(w, r, "updated", func() error {
		return s.backend.UpdatePlan(r.Context(), r.PathValue("token"), r.PathValue("subscription"), read())
	})
	if problem != nil {
		s.showAskPlan(w, r, status, problem, read())
	}
}

func planOf(get func(string) string) PlanChange {
	quantity, err := strconv.ParseInt(get("quantity"), 10, 64)
	if err != nil {
		quantity = 0
	}
	return PlanChange{Price: get("price"), Quantity: quantity}
}

// flowDone is what completes each flow.
func flowDone(flow, done string) bool {
	switch flow {
	case "payment_method_update":
		return done == "card-added"
	case "subscription_cancel":
		return done == "canceled"
	case "subscription_update", "subscription_update_confirm":
		return done == "updated"
	}
	return false
}

// arrive sends the browser on after something was done: a flow may end on the
// merchant's site or on a page of its own, everything else on the portal.
func (s *server) arrive(w http.ResponseWriter, r *http.Request, done string) {
	token := r.PathValue("token")
	home := portalPath(token)
	p, err := s.backend.Portal(r.Context(), token)
	switch {
	case err != nil || !flowDone(p.Flow, done):
		see(w, r, home+"?done="+done)
	case link(p.AfterURL) != "":
		see(w, r, link(p.AfterURL))
	case p.Confirms:
		see(w, r, home+"/done?done="+done)
	default:
		see(w, r, home+"?done="+done)
	}
}

// flowOver says that a flow is complete.
func (s *server) flowOver(w http.ResponseWriter, r *http.Request) {
	v, ok := s.openPortal(w, r, "Done")
	if !ok {
		return
	}
	v.Done = deed(r.URL.Query().Get("done"))
	if !v.Confirms || v.Done == "" {
		see(w, r, v.Base)
		return
	}
	s.render(w, r, http.StatusOK, v.drawFlowOver())
}
