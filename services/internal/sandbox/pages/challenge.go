package pages

import (
	"errors"
	"net/http"
	"net/url"
)

// challengePage stands in for the bank's 3-D Secure page.
type challengePage struct {
	frame
	Checkout
	Action  string
	Token   string
	Message string // why the answer could not be taken
}

func challengePath(session, intent string) string {
	return "/c/3ds/" + url.PathEscape(session) + "/" + url.PathEscape(intent)
}

func challengeScope(session, intent string) string { return "challenge " + session + " " + intent }

// challenge asks whether the bank should accept the payment.
func (s *server) challenge(w http.ResponseWriter, r *http.Request) {
	s.showChallenge(w, r, http.StatusOK, "")
}

func (s *server) showChallenge(w http.ResponseWriter, r *http.Request, status int, message string) {
	session, intent := r.PathValue("session"), r.PathValue("intent")
	c, err := s.backend.Challenge(r.Context(), session, intent)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if c.Status != "open" {
		see(w, r, payPath(session))
		return
	}
	c.Merchant = excerpt(c.Merchant, nameLength)
	v := challengePage{s.frame("Confirm your payment"), c, challengePath(session, intent), s.formToken(challengeScope(session, intent)), message}
	allowLeaving(w, c.SuccessURL)
	s.render(w, r, status, v.draw())
}

// answer passes or fails the challenge. A failed one leads back to the checkout,
// which says so and stays open.
func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	session, intent := r.PathValue("session"), r.PathValue("intent")
	err := s.readForm(w, r, challengeScope(session, intent))
	choice := value(r, "answer")
	if errors.Is(err, errStale) {
		problem, status, _ := mendable(err)
		s.showChallenge(w, r, status, problem.Message)
		return
	}
	if err == nil && choice != "pass" && choice != "fail" {
		s.message(w, r, http.StatusBadRequest)
		return
	}
	var next Next
	if err == nil {
		next, err = s.backend.Answer(r.Context(), session, intent, choice == "pass")
	}
	if err == nil {
		s.leave(w, r, session, next)
		return
	}
	s.retry(w, r, session, Payment{Billing: Billing{Country: homeCountry(r)}, Shipping: Billing{Country: homeCountry(r)}}, OrderChange{}, err)
}
