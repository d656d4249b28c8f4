package sandbox

import (
	"math/big"
	"strconv"

	"bursar/services"
)

// entry is one line while a bill is added up. Amounts are minor units.
type entry struct {
	amount  int64   // before discounts and taxes
	product string  // for coupons that are meant for some products
	fixed   bool    // no coupon takes anything off, as of a proration
	rates   []any   // its tax rates
	off     int64   // what the coupon takes off
	taxes   []int64 // by rate
	added   int64   // the exclusive ones among taxes, which come on top
	within  int64   // the inclusive ones, which are part of the amount
}

func (e *entry) tax() int64   { return e.added + e.within }
func (e *entry) total() int64 { return e.amount - e.off + e.added }

// addUp takes a coupon (nil for none) off the entries and taxes what is left.
// Every part is rounded on its own line, so that lines and totals agree (2.10).
func addUp(entries []*entry, coupon object, currency string) {
	unit := smallest(currency)
	takeOff(entries, coupon, unit)
	for _, e := range entries {
		e.levy(unit)
	}
}

// smallest is what amounts are rounded to: currencies of three decimals are
// charged in tens (2.10).
func smallest(currency string) int64 {
	if services.Exponent(currency) == 3 {
		return 10
	}
	return 1
}

// roundTo rounds to a multiple of unit, halves away from zero.
func roundTo(r *big.Rat, unit int64) int64 {
	return roundHalfUp(new(big.Rat).Mul(r, big.NewRat(1, unit))) * unit
}

// takeOff spreads a coupon: a percentage line by line, an amount in proportion.
func takeOff(entries []*entry, coupon object, unit int64) {
	var meant []*entry
	var base int64
	for _, e := range entries {
		if coupon != nil && !e.fixed && e.amount > 0 && appliesTo(coupon, e.product) {
			meant = append(meant, e)
			base += e.amount
		}
	}
	if percent := percentage(coupon, "percent_off"); percent.Sign() > 0 {
		for _, e := range meant {
			e.off = min(roundTo(new(big.Rat).Mul(percent, big.NewRat(e.amount, 1)), unit), e.amount)
		}
		return
	}
	amount := min(num(coupon, "amount_off"), base)
	var seen, spent int64
	for _, e := range meant {
		seen += e.amount
		share := amount
		if seen < base {
			share = new(big.Int).Div(new(big.Int).Mul(big.NewInt(amount), big.NewInt(seen)), big.NewInt(base)).Int64() / unit * unit
		}
		e.off, spent = share-spent, share
	}
}

// appliesTo reports whether a coupon is meant for a product: all, when it names
// none.
func appliesTo(coupon object, product string) bool {
	only := itemsAt(coupon, "applies_to.products")
	for _, p := range only {
		if p == product {
			return true
		}
	}
	return len(only) == 0
}

// levy computes the taxes of one line. Inclusive ones are taken out of what is
// paid; exclusive ones are computed on what remains and come on top.
func (e *entry) levy(unit int64) {
	inside := big.NewRat(1, 1)
	for _, r := range e.rates {
		if yes(r.(object), "inclusive") {
			inside.Add(inside, percentage(r.(object), "percentage"))
		}
	}
	net := new(big.Rat).Quo(big.NewRat(e.amount-e.off, 1), inside)
	e.taxes = make([]int64, len(e.rates))
	for i, r := range e.rates {
		e.taxes[i] = roundTo(new(big.Rat).Mul(net, percentage(r.(object), "percentage")), unit)
		if yes(r.(object), "inclusive") {
			e.within += e.taxes[i]
		} else {
			e.added += e.taxes[i]
		}
	}
}

// percentage reads a number of per cent as an exact fraction.
func percentage(o object, name string) *big.Rat {
	r := new(big.Rat)
	switch v := o[name].(type) {
	case int64:
		r.SetInt64(v)
	case float64:
		r.SetString(strconv.FormatFloat(v, 'f', -1, 64))
	}
	return r.Mul(r, big.NewRat(1, 100))
}
