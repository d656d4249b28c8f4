package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// portalPage is the billing portal, and the frame of its inner pages.
type portalPage struct {
	frame
	Portal
	Base    string  // address of the portal's first page
	Return  address // return_url, when it may be followed
	Form    string  // the inner form's address
	Token   string  // form token
	Problem *Problem
	Done    string // what was just done
	Address string // the customer's postal address, one line each
	Fields  []field
	Plan    PortalSubscription
	Card    PortalCard
	Reasons []choice
	Chosen  Cancellation
	Expiry  string
	Privacy address
	Legal   address // terms of service
	// A change of plan.
	Choices  []PlanChoice
	Next     PlanChange
	NextPlan PlanChoice
}

func portalPath(token string) string { return "/p/session/" + url.PathEscape(token) }

func portalScope(token string) string { return "portal " + token }

// openPortal reads the portal session that an address is about. It has answered
// the request when ok is false.
func (s *server) openPortal(w http.ResponseWriter, r *http.Request, title string) (v portalPage, ok bool) {
	token := r.PathValue("token")
	p, err := s.backend.Portal(r.Context(), token)
	if err != nil {
		s.fail(w, r, err)
		return portalPage{}, false
	}
	p.Merchant = excerpt(p.Merchant, nameLength)
	v = portalPage{
		frame: s.frame(title + " · " + p.Merchant), Portal: p, Base: portalPath(token), Return: outside(p.ReturnURL),
		Form: r.URL.EscapedPath(), Token: s.formToken(portalScope(token)), Address: s.postal(p.Customer), Expiry: expiryExample(s.now()),
		Privacy: outside(p.PrivacyURL), Legal: outside(p.TermsURL),
	}
	if p.AfterURL != "" {
		allowLeaving(w, p.AfterURL)
	}
	return v, true
}

// submitted reads a portal form and does what it asks for; a success leads to
// the portal's first page, which tells what was done. Otherwise it returns what
// the person can mend, and nil when the request has been answered.
func (s *server) submitted(w http.ResponseWriter, r *http.Request, done string, do func() error) (problem *Problem, status int) {
	token := r.PathValue("token")
	err := s.readForm(w, r, portalScope(token))
	if err == nil {
		err = do()
	}
	if err == nil {
		s.arrive(w, r, done)
		return nil, 0
	}
	problem, status, ok := mendable(err)
	if !ok {
		s.fail(w, r, err)
		return nil, 0
	}
	return problem, status
}

// deed says what was done, by its name in the address; empty for any other name.
func deed(name string) string {
	switch name {
	case "canceled":
		return "Your plan has been canceled."
	case "resumed":
		return "Your plan goes on as before."
	case "updated":
		return "Your plan has been updated."
	case "card-added":
		return "The card has been added. It is your default now."
	case "card-default":
		return "The default card has been changed."
	case "card-removed":
		return "The card has been removed."
	case "billing":
		return "Your billing information has been saved."
	}
	return ""
}

func (s *server) portal(w http.ResponseWriter, r *http.Request) {
	s.showPortal(w, r, http.StatusOK, nil)
}

func (s *server) showPortal(w http.ResponseWriter, r *http.Request, status int, problem *Problem) {
	v, ok := s.openPortal(w, r, "Billing")
	if !ok {
		return
	}
	v.Problem = place(problem)
	if problem == nil {
		v.Done = deed(r.URL.Query().Get("done"))
	}
	s.render(w, r, status, v.draw())
}

// cancelPlan asks before a plan is canceled.
func (s *server) cancelPlan(w http.ResponseWriter, r *http.Request) {
	s.showCancel(w, r, http.StatusOK, nil, Cancellation{})
}

func (s *server) showCancel(w http.ResponseWriter, r *http.Request, status int, problem *Problem, chosen Cancellation) {
	v, ok := s.openPortal(w, r, "Cancel your plan")
	if !ok {
		return
	}
	i := slices.IndexFunc(v.Subscriptions, func(p PortalSubscription) bool { return p.ID == r.PathValue("subscription") })
	if i < 0 || !v.CanCancel {
		s.message(w, r, http.StatusNotFound)
		return
	}
	v.Plan, v.Problem, v.Chosen = v.Subscriptions[i], place(problem), chosen
	if v.Plan.Ended || v.Plan.Canceled { // in another window, or by the merchant
		see(w, r, v.Base)
		return
	}
	for _, value := range v.Portal.Reasons {
		v.Reasons = append(v.Reasons, choice{value, reason(value)})
	}
	s.render(w, r, status, v.drawCancelPlan())
}

// reason spells Stripe's cancellation feedback values.
func reason(value string) string {
	switch value {
	case "too_expensive":
		return "It’s too expensive"
	case "missing_features":
		return "Some features are missing"
	case "switched_service":
		return "I’m moving to another service"
	case "unused":
		return "I don’t use it enough"
	case "customer_service":
		return "Customer service was not good enough"
	case "too_complex":
		return "It’s too hard to use"
	case "low_quality":
		return "The quality was not good enough"
	case "other":
		return "Another reason"
	}
	return strings.ReplaceAll(value, "_", " ")
}

func (s *server) confirmCancel(w http.ResponseWriter, r *http.Request) {
	typed := func() Cancellation {
		return Cancellation{Feedback: value(r, "feedback"), Comment: value(r, "comment")}
	}
	problem, status := s.submitted(w, r, "canceled", func() error {
		return s.backend.Cancel(r.Context(), r.PathValue("token"), r.PathValue("subscription"), typed())
	})
	if problem != nil {
		s.showCancel(w, r, status, problem, typed())
	}
}

func (s *server) resumePlan(w http.ResponseWriter, r *http.Request) {
	problem, status := s.submitted(w, r, "resumed", func() error {
		return s.backend.Resume(r.Context(), r.PathValue("token"), r.PathValue("subscription"))
	})
	if problem != nil {
		s.showPortal(w, r, status, problem)
	}
}
