package archive

import (
	"strings"

	"bursar/services"
)

// objectFields are the members of data.object that the archive looks at.
type objectFields struct {
	id            string
	kind          string // Stripe's "object"
	relatedType   string // a thin event's related_object.type
	customer      string
	status        string
	paymentStatus string // of a Checkout Session
	currency      string
	refs          []string // ids of objects that belong to the same customer
	amounts       map[string]int64
}

// read reads one member of the object.
func (o *objectFields) read(s *scanner, key []byte) error {
	switch string(key) {
	case "customer":
		return s.reference(&o.customer)
	case "charge", "payment_intent", "invoice", "subscription", "setup_intent", "payment_method",
		"latest_charge", "latest_invoice", "pending_setup_intent", "default_payment_method":
		var id string
		err := s.reference(&id)
		o.refs = append(o.refs, id)
		return err
	}
	raw, err := s.value()
	switch string(key) {
	case "id":
		o.id = textOf(raw)
	case "object":
		o.kind = textOf(raw)
	case "type":
		o.relatedType = textOf(raw)
	case "status":
		o.status = textOf(raw)
	case "payment_status":
		o.paymentStatus = textOf(raw)
	case "currency":
		o.currency = textOf(raw)
	case "amount", "amount_total", "amount_due", "amount_paid", "amount_refunded", "total", "unit_amount":
		if n, ok := integerOf(raw); ok {
			if o.amounts == nil {
				o.amounts = make(map[string]int64, 4)
			}
			o.amounts[string(key)] = n
		}
	}
	return err
}

// money is the amount that an event is about: what was refunded of a charge,
// what was paid on an invoice, a session's total. Nil when the object has none.
func (o *objectFields) money(kind, objectType string) *services.Money {
	currency := strings.ToLower(o.currency)
	if len(currency) < 3 || len(currency) > 5 || strings.Trim(currency, "abcdefghijklmnopqrstuvwxyz") != "" {
		return nil
	}
	names := []string{"amount", "amount_total", "amount_due", "total", "unit_amount"}
	switch {
	case kind == "charge.refunded":
		names = []string{"amount_refunded", "amount"}
	case kind == "invoice.paid", kind == "invoice.payment_succeeded":
		names = []string{"amount_paid", "total"}
	case objectType == "customer":
		return nil
	}
	for _, name := range names {
		if n, ok := o.amounts[name]; ok {
			return &services.Money{Amount: n, Currency: currency}
		}
	}
	return nil
}
