package pages

import (
	"net/http"
	"slices"
)

// newCard shows the form for another card.
func (s *server) newCard(w http.ResponseWriter, r *http.Request) {
	s.showNewCard(w, r, http.StatusOK, nil, Card{})
}

func (s *server) showNewCard(w http.ResponseWriter, r *http.Request, status int, problem *Problem, typed Card) {
	v, ok := s.openPortal(w, r, "Add a card")
	if !ok {
		return
	}
	if !v.CanUpdateCard {
		s.message(w, r, http.StatusNotFound)
		return
	}
	v.Fields = cardFields(typed, problem != nil, s.now())
	v.Problem = place(problem, v.Fields)
	s.render(w, r, status, v.drawNewCard())
}

func (s *server) addCard(w http.ResponseWriter, r *http.Request) {
	problem, status := s.submitted(w, r, "card-added", func() error {
		return s.backend.AddCard(r.Context(), r.PathValue("token"), readCard(r))
	})
	if problem != nil {
		s.showNewCard(w, r, status, problem, readCard(r))
	}
}

func (s *server) defaultCard(w http.ResponseWriter, r *http.Request) {
	problem, status := s.submitted(w, r, "card-default", func() error {
		return s.backend.SetDefaultCard(r.Context(), r.PathValue("token"), r.PathValue("card"))
	})
	if problem != nil {
		s.showPortal(w, r, status, problem)
	}
}

// askRemove asks before a card is removed.
func (s *server) askRemove(w http.ResponseWriter, r *http.Request) {
	v, ok := s.openPortal(w, r, "Remove a card")
	if !ok {
		return
	}
	i := slices.IndexFunc(v.Cards, func(c PortalCard) bool { return c.ID == r.PathValue("card") })
	if i < 0 || !v.CanUpdateCard {
		s.message(w, r, http.StatusNotFound)
		return
	}
	v.Portal.Cards, v.Card = nil, v.Cards[i]
	s.render(w, r, http.StatusOK, v.drawRemoveCard())
}

func (s *server) removeCard(w http.ResponseWriter, r *http.Request) {
	problem, status := s.submitted(w, r, "card-removed", func() error {
		return s.backend.RemoveCard(r.Context(), r.PathValue("token"), r.PathValue("card"))
	})
	if problem != nil {
		s.showPortal(w, r, status, problem)
	}
}

// editBilling shows the customer's contact and address for change.
func (s *server) editBilling(w http.ResponseWriter, r *http.Request) {
	s.showBilling(w, r, http.StatusOK, nil, nil)
}

func (s *server) showBilling(w http.ResponseWriter, r *http.Request, status int, problem *Problem, typed *Billing) {
	v, ok := s.openPortal(w, r, "Billing information")
	if !ok {
		return
	}
	if !v.CanUpdateInfo || len(v.Editable) == 0 {
		s.message(w, r, http.StatusNotFound)
		return
	}
	b := v.Customer
	if typed != nil {
		b = *typed
	}
	may := func(detail string) bool { return slices.Contains(v.Editable, detail) }
	if may("name") {
		v.Fields = append(v.Fields, field{ID: "billingName", Label: "Name", Value: b.Name, Autocomplete: "name", MaxLength: 500})
	}
	if may("email") {
		v.Fields = append(v.Fields, field{ID: "email", Label: "Email", Type: "email", Value: b.Email, Autocomplete: "email", InputMode: "email", MaxLength: 512, Required: true})
	}
	if may("phone") {
		v.Fields = append(v.Fields, field{ID: "phoneNumber", Label: "Phone", Type: "tel", Value: b.Phone, Autocomplete: "tel", InputMode: "tel", MaxLength: 40})
	}
	if may("address") {
		countries := append([]choice{{"", "Not set"}}, s.countries...)
		v.Fields = append(v.Fields, addressFields("billing", b, countries, true, false)...)
	}
	v.Problem = place(problem, v.Fields)
	s.render(w, r, status, v.drawBilling())
}

func (s *server) saveBilling(w http.ResponseWriter, r *http.Request) {
	typed := func() Billing {
		b := readAddress(r, "billing")
		b.Email, b.Phone = value(r, "email"), value(r, "phoneNumber")
		return b
	}
	problem, status := s.submitted(w, r, "billing", func() error {
		return s.backend.UpdateBilling(r.Context(), r.PathValue("token"), typed())
	})
	if problem != nil {
		b := typed()
		s.showBilling(w, r, status, problem, &b)
	}
}
