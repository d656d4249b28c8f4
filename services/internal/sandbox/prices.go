package sandbox

import (
	"fmt"
	"math/big"
	"strconv"

	"bursar/services"
)

// priceAmounts sets what a price costs and how often: per unit, in tiers, or
// what the customer chooses. param is where given stands in the request.
func (t *tx) priceAmounts(o, given object, param string) error {
	at := func(name string) string { return nest(param, name) }
	var err error
	switch {
	case str(given, "billing_scheme") == "tiered":
		err = tierAmounts(o, given)
	case given["tiers"] != nil || given["tiers_mode"] != nil:
		err = invalid("tiers", "", "`tiers` and `tiers_mode` can only be used with `billing_scheme=tiered`.")
	case yes(given, "custom_unit_amount.enabled"):
		err = customAmounts(o, given)
	default:
		err = unitAmounts(o, given, at)
	}
	if err != nil {
		return err
	}
	if h := hashAt(given, "transform_quantity"); h != nil {
		if o["billing_scheme"] == "tiered" {
			return invalid("transform_quantity", "", "`transform_quantity` cannot be combined with `tiers`.")
		}
		o["transform_quantity"] = h
	}
	if b := given["tax_behavior"]; b != nil {
		o["tax_behavior"] = b
	}
	if r := hashAt(given, "recurring"); r != nil {
		return recurs(o, r, at)
	}
	return nil
}

// unitAmounts is the amount of one unit, whole or with decimals.
func unitAmounts(o, given object, at func(string) string) error {
	amount, hasAmount := given["unit_amount"].(int64)
	exact, hasExact := given["unit_amount_decimal"].(string)
	switch {
	case hasAmount && hasExact:
		return invalid(at("unit_amount_decimal"), "", "You may only specify one of these parameters: unit_amount, unit_amount_decimal.")
	case hasAmount:
		o["unit_amount"], o["unit_amount_decimal"] = amount, itoa(amount)
	case hasExact:
		r, _ := parseDecimal(exact)
		if r.Sign() < 0 {
			return invalid(at("unit_amount_decimal"), "parameter_invalid_integer", "Invalid non-negative decimal")
		}
		o["unit_amount_decimal"] = exact
		if r.IsInt() {
			o["unit_amount"] = r.Num().Int64()
		}
	default:
		return invalid(at("unit_amount"), "parameter_missing", "You must specify either `unit_amount` or `unit_amount_decimal` when `billing_scheme=per_unit`.")
	}
	if n, ok := o["unit_amount"].(int64); ok && n > maxAmount*10000 {
		return invalid(at("unit_amount"), "parameter_invalid_integer", "Invalid integer: %d is too large", n)
	}
	return nil
}

// tierAmounts reads tiers, cheapest quantity first, the last one open-ended.
func tierAmounts(o, given object) error {
	tiers := itemsAt(given, "tiers")
	switch {
	case given["tiers_mode"] == nil:
		return invalid("tiers_mode", "parameter_missing", "Missing required param: tiers_mode.")
	case len(tiers) == 0:
		return invalid("tiers", "parameter_missing", "Missing required param: tiers.")
	case given["unit_amount"] != nil || given["unit_amount_decimal"] != nil || hashAt(given, "custom_unit_amount") != nil:
		return invalid("unit_amount", "", "You cannot set `unit_amount`, `unit_amount_decimal` or `custom_unit_amount` when `billing_scheme=tiered`.")
	}
	var kept []any
	var last int64
	for i, e := range tiers {
		at := nest("tiers", itoa(int64(i)))
		tier, err := readTier(e.(object), at)
		if err != nil {
			return err
		}
		upTo, bounded := tier["up_to"].(int64)
		switch {
		case !bounded && i != len(tiers)-1, bounded && i == len(tiers)-1:
			return invalid(nest(at, "up_to"), "", "The last tier, and only the last one, must have `up_to` set to `inf`.")
		case bounded && upTo <= last:
			return invalid(nest(at, "up_to"), "", "Each tier's `up_to` must be greater than the one before.")
		}
		last = upTo
		kept = append(kept, tier)
	}
	o["billing_scheme"], o["tiers_mode"], o["_tiers"] = "tiered", given["tiers_mode"], kept
	return nil
}

func readTier(given object, at string) (object, error) {
	tier := object{"flat_amount": nil, "flat_amount_decimal": nil, "unit_amount": nil, "unit_amount_decimal": nil, "up_to": nil}
	if s := str(given, "up_to"); s != "inf" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			return nil, invalid(nest(at, "up_to"), "", "Invalid up_to: must be a positive integer or `inf`.")
		}
		tier["up_to"] = n
	}
	for _, name := range []string{"unit_amount", "flat_amount"} {
		if n, whole := given[name].(int64); whole {
			tier[name], tier[name+"_decimal"] = n, itoa(n)
		} else if exact := str(given, name+"_decimal"); exact != "" {
			tier[name+"_decimal"] = exact
			if r, _ := parseDecimal(exact); r.IsInt() {
				tier[name] = r.Num().Int64()
			}
		}
	}
	if tier["unit_amount_decimal"] == nil && tier["flat_amount_decimal"] == nil {
		return nil, invalid(nest(at, "unit_amount"), "parameter_missing", "Each tier needs a `unit_amount`, a `unit_amount_decimal`, a `flat_amount` or a `flat_amount_decimal`.")
	}
	return tier, nil
}

// customAmounts is a price whose amount the customer chooses on the page.
func customAmounts(o, given object) error {
	h := hashAt(given, "custom_unit_amount")
	least, most, preset := num(h, "minimum"), num(h, "maximum"), num(h, "preset")
	switch {
	case given["unit_amount"] != nil || given["unit_amount_decimal"] != nil:
		return invalid("custom_unit_amount", "", "You may only specify one of these parameters: unit_amount, custom_unit_amount.")
	case hashAt(given, "recurring") != nil:
		return invalid("custom_unit_amount", "", "`custom_unit_amount` can only be used with one-time prices.")
	case most > 0 && least > most, preset > 0 && (preset < least || most > 0 && preset > most):
		return invalid("custom_unit_amount", "", "`custom_unit_amount` needs a minimum that is not above its maximum, and a preset between them.")
	}
	o["custom_unit_amount"] = object{"maximum": h["maximum"], "minimum": h["minimum"], "preset": h["preset"]}
	return nil
}

func recurs(o, r object, at func(string) string) error {
	every := object{"aggregate_usage": nil, "interval": r["interval"], "interval_count": int64(1), "trial_period_days": r["trial_period_days"], "usage_type": "licensed"}
	if n := num(r, "interval_count"); n > 0 {
		every["interval_count"] = n
	}
	switch {
	case str(r, "usage_type") == "metered":
		every["usage_type"], every["aggregate_usage"] = "metered", "sum"
		if a := r["aggregate_usage"]; a != nil {
			every["aggregate_usage"] = a
		}
	case r["aggregate_usage"] != nil:
		return invalid(at("recurring")+"[aggregate_usage]", "", "`aggregate_usage` can only be used with `usage_type=metered`.")
	}
	if !intervalInRange(str(every, "interval"), num(every, "interval_count")) {
		return invalid(at("recurring")+"[interval_count]", "", "Subscriptions can be billed at most once every three years.")
	}
	o["type"], o["recurring"] = "recurring", every
	return nil
}

func intervalInRange(interval string, count int64) bool {
	return count <= map[string]int64{"day": 1095, "week": 156, "month": 36, "year": 3}[interval]
}

// lineAmount is what a quantity of a price costs, in minor units. What is
// metered is charged by use, and what the customer chooses is not known here.
func (t *tx) lineAmount(price object, quantity int64) int64 {
	if metered(price) {
		return 0
	}
	if by := num(price, "transform_quantity.divide_by"); by > 0 {
		if str(price, "transform_quantity.round") == "up" {
			quantity += by - 1
		}
		quantity /= by
	}
	if price["billing_scheme"] == "tiered" {
		return tieredAmount(itemsAt(t.get(str(price, "id")), "_tiers"), str(price, "tiers_mode") == "graduated", quantity)
	}
	return roundHalfUp(times(price, "unit_amount", quantity))
}

func metered(price object) bool { return str(price, "recurring.usage_type") == "metered" }

// times multiplies an amount, exact when it has decimals, by a quantity.
func times(o object, name string, quantity int64) *big.Rat {
	r := new(big.Rat)
	if n, ok := o[name].(int64); ok {
		r.SetInt64(n)
	} else if exact, ok := parseDecimal(str(o, name+"_decimal")); ok {
		r.Set(exact)
	}
	return r.Mul(r, big.NewRat(quantity, 1))
}

// tieredAmount charges each unit by the tier it falls into (graduated), or all
// of them by the tier of the whole quantity (volume).
func tieredAmount(tiers []any, graduated bool, quantity int64) int64 {
	sum, below := new(big.Rat), int64(0)
	for _, e := range tiers {
		tier := e.(object)
		upTo, bounded := tier["up_to"].(int64)
		within := !bounded || quantity <= upTo
		switch {
		case graduated && within:
			sum.Add(sum, times(tier, "unit_amount", quantity-below))
		case graduated:
			sum.Add(sum, times(tier, "unit_amount", upTo-below))
		case within:
			sum.Add(sum, times(tier, "unit_amount", quantity))
		}
		if graduated || within {
			sum.Add(sum, times(tier, "flat_amount", 1))
		}
		if within {
			break
		}
		below = upTo
	}
	return roundHalfUp(sum)
}

// perInterval renders "€20.00 / month".
func (t *tx) perInterval(price object) string {
	return fmt.Sprintf("%s / %s", t.unitOf(price), interval(price))
}

func interval(price object) string {
	return services.Recurrence{Interval: str(price, "recurring.interval"), Count: num(price, "recurring.interval_count")}.String()
}

// unitOf is what one unit costs.
func (t *tx) unitOf(price object) services.Money {
	if metered(price) {
		return services.Money{Amount: roundHalfUp(times(price, "unit_amount", 1)), Currency: str(price, "currency")}
	}
	return services.Money{Amount: t.lineAmount(price, 1), Currency: str(price, "currency")}
}
