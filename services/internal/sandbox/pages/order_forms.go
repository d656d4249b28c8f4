package pages

import (
	"net/http"
	"strconv"
	"strings"
)

// orderForms are the small forms in the summary that change the order. All go
// to one address; their fields say what is asked for.
type orderForms struct {
	Action     string
	Token      string
	Quantities []field // of the adjustable lines, in their order
	Code       []field // one, or none
	Remove     string  // the code that can be removed
	Shipping   []ShippingOption
	Amount     []field // one, or none
}

// orderFormsOf draws the forms of a session, with what was typed into them.
func (s *server) orderFormsOf(session string, c Checkout, typed OrderChange) orderForms {
	o := orderForms{Action: payPath(session) + "/order", Token: s.formToken(payScope(session))}
	for _, l := range c.Lines {
		if !l.Adjustable {
			continue
		}
		quantity := l.Quantity
		if typed.Line == l.ID && typed.Quantity >= 0 {
			quantity = typed.Quantity
		}
		o.Quantities = append(o.Quantities, field{ID: QuantityID(l.ID), Name: "quantity", Label: "Quantity", Of: excerpt(l.Name, nameLength), Type: "number", Value: strconv.FormatInt(quantity, 10),
			Min: strconv.FormatInt(l.Minimum, 10), Max: strconv.FormatInt(l.Maximum, 10), Autocomplete: "off", InputMode: "numeric", Required: true})
	}
	switch {
	case c.AskCode && c.Coupon == "":
		o.Code = []field{{ID: "promotionCode", Label: "Promotion code", Value: typed.Code, Autocomplete: "off", MaxLength: 500, Required: true}}
	case c.AskCode && !c.CouponFixed:
		o.Remove = excerpt(c.Coupon, 40)
	}
	if len(c.Shippings) > 1 {
		o.Shipping = c.Shippings
	}
	if a := c.CustomAmount; a != nil {
		value := typed.Amount
		if value == "" && a.Amount.Amount > 0 {
			value = a.Amount.Decimal()
		}
		o.Amount = []field{{ID: "customAmount", Label: "Amount in " + strings.ToUpper(a.Minimum.Currency), Value: value, Autocomplete: "off", InputMode: "decimal", MaxLength: 20, Required: true,
			Hint: "From " + a.Minimum.String() + " to " + a.Maximum.String() + "."}}
	}
	return o
}

// changeOrder takes one of the small forms and shows the checkout again.
func (s *server) changeOrder(w http.ResponseWriter, r *http.Request) {
	session := r.PathValue("session")
	err := s.readForm(w, r, payScope(session))
	change := OrderChange{Line: value(r, "line"), Quantity: -1, ShippingRate: value(r, "shippingRate"), RemoveCode: value(r, "removeCode") != "", Code: value(r, "promotionCode"), Amount: value(r, "customAmount")}
	if n, bad := strconv.ParseInt(value(r, "quantity"), 10, 64); bad == nil {
		change.Quantity = max(n, -1)
	}
	if err == nil {
		err = s.backend.Change(r.Context(), session, change)
	}
	if err == nil {
		see(w, r, payPath(session))
		return
	}
	s.retry(w, r, session, Payment{Billing: Billing{Country: homeCountry(r)}, Shipping: Billing{Country: homeCountry(r)}}, change, err)
}

// recoverCheckout opens an expired checkout anew.
func (s *server) recoverCheckout(w http.ResponseWriter, r *http.Request) {
	session := r.PathValue("session")
	err := s.readForm(w, r, payScope(session))
	var fresh string
	if err == nil {
		fresh, err = s.backend.Recover(r.Context(), session)
	}
	if err == nil {
		see(w, r, payPath(fresh))
		return
	}
	s.retry(w, r, session, Payment{}, OrderChange{}, err)
}

// customFields are the merchant's own questions, with what was answered.
func customFields(asked []CustomField, answers map[string]string) []field {
	var fields []field
	for _, a := range asked {
		f := field{ID: CustomFieldID(a.Key), Label: excerpt(a.Label, nameLength), Value: answers[a.Key], Autocomplete: "off", MinLength: a.MinLength, MaxLength: a.MaxLength, Required: !a.Optional}
		switch a.Type {
		case "dropdown":
			f.Type, f.Choices = "select", []choice{{"", "Choose…"}}
			for _, o := range a.Options {
				f.Choices = append(f.Choices, choice{o.Value, excerpt(o.Label, 100)})
			}
		case "numeric":
			f.InputMode, f.Pattern, f.Wanted = "numeric", `\s*[0-9]*\s*`, "Digits only"
		}
		if f.MaxLength == 0 {
			f.MaxLength = 255
		}
		fields = append(fields, f)
	}
	return fields
}

// readCustom reads the answers to the merchant's questions, by their keys.
func readCustom(r *http.Request) map[string]string {
	answers := map[string]string{}
	for name := range r.PostForm {
		if key, ours := strings.CutPrefix(name, CustomFieldID("")); ours {
			answers[key] = value(r, name)
		}
	}
	if len(answers) == 0 {
		return nil
	}
	return answers
}
