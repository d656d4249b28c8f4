package sandbox

import "bursar/services/internal/sandbox/pages"

// Dynamic tax rates (1.1, line_items[][dynamic_tax_rates]) are those of which a
// line pays the ones of the buyer's country, and state where the rate names one.
// The country is known once the page is submitted.

// dynamicRates are a new line's dynamic tax rates, as line_items sends them.
func (c *call) dynamicRates(given object, at string) ([]any, error) {
	ids := itemsAt(given, "dynamic_tax_rates")
	if len(ids) > 0 && len(itemsAt(given, "tax_rates")) > 0 {
		return nil, invalid(nest(at, "dynamic_tax_rates"), "", "You may only specify one of these parameters: tax_rates, dynamic_tax_rates.")
	}
	rates := c.rates(ids)
	for i, rate := range rates {
		if str(rate.(object), "country") == "" {
			return nil, invalid(nest(nest(at, "dynamic_tax_rates"), itoa(int64(i))), "", "The tax rate %s has no `country`: a dynamic tax rate is chosen by it.", ids[i])
		}
	}
	return rates, nil
}

// taxedByAddress reports whether a session has lines with dynamic tax rates, and
// whether one of them asks for a state.
func taxedByAddress(s object) (dynamic, byState bool) {
	for _, l := range itemsAt(s, "_lines") {
		for _, rate := range itemsAt(l.(object), "_dynamic") {
			dynamic, byState = true, byState || rate.(object)["state"] != nil
		}
	}
	return dynamic, byState
}

// taxBy gives every line those of its dynamic rates that are the address's. When
// that changes the order, an attempt that has begun ends: it was about another.
func (t *tx) taxBy(s, address object) error {
	changed := false
	for _, l := range itemsAt(s, "_lines") {
		line := l.(object)
		dynamic := itemsAt(line, "_dynamic")
		if len(dynamic) == 0 {
			continue
		}
		due := []any{}
		for _, r := range dynamic {
			rate := r.(object)
			if rate["country"] == address["country"] && (rate["state"] == nil || rate["state"] == address["state"]) {
				due = append(due, rate)
			}
		}
		changed = changed || !sameIDs(due, itemsAt(line, "_rates"))
		line["_rates"], line["_own_rates"] = due, len(due) > 0
	}
	if !changed {
		return nil
	}
	t.abandon(s)
	t.total(s)
	return checkTotal(s)
}

func sameIDs(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].(object)["id"] != b[i].(object)["id"] {
			return false
		}
	}
	return true
}

// taxAddress is the address that taxes go by: where it is sent, or else where the
// card is billed.
func taxAddress(s object, p pages.Payment) object {
	if s["shipping_address_collection"] != nil {
		return addressOf(p.Shipping)
	}
	return addressOf(p.Billing)
}

// tax settles an open session's taxes by what the page was filled in with. It is
// a change of its own: the page shows a new total before anybody pays it.
func (b backend) tax(session string, p pages.Payment) error {
	return b.change(func(t *tx) error {
		s := t.find("checkout.session", session)
		if dynamic, _ := taxedByAddress(s); !dynamic || s["status"] != "open" || num(s, "expires_at") <= t.now {
			return nil
		}
		return t.taxBy(t.edit(session), taxAddress(s, p))
	})
}
