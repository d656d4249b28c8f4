package sandbox

import (
	"errors"
	"strings"

	"bursar/services"
	"bursar/services/internal/sandbox/pages"
)

const (
	badCode     = "This code is invalid."
	codeField   = "promotionCode"
	amountField = "customAmount"
)

// changeOrder does what the customer asks for on the page: another quantity, a
// code, a way to ship, an amount of their own. An attempt that has begun ends:
// it was about another order.
func (t *tx) changeOrder(s object, change pages.OrderChange) error {
	var err error
	field := ""
	switch {
	case change.Line != "":
		field = pages.QuantityID(change.Line)
		err = t.changeQuantity(s, change.Line, change.Quantity)
	case change.ShippingRate != "":
		field = "shippingRate"
		err = t.chooseShipping(s, change.ShippingRate)
	case change.RemoveCode:
		if yes(s, "allow_promotion_codes") {
			delete(s, "_discount")
		}
	case change.Code != "":
		field = codeField
		err = t.typeCode(s, change.Code)
	case change.Amount != "":
		field = amountField
		err = t.chooseAmount(s, change.Amount)
	}
	if err != nil {
		return err
	}
	t.abandon(s)
	t.total(s)
	if e := (*apiError)(nil); errors.As(checkTotal(s), &e) {
		message := "That would be more than can be charged at once."
		switch {
		case field == codeField:
			message = badCode
		case e.code == "amount_too_small":
			message = "That would be less than can be charged."
		case e.code == "":
			message = e.message
		}
		return &pages.Problem{Field: field, Message: message}
	}
	return nil
}

// changeQuantity sets how many of a line are bought.
func (t *tx) changeQuantity(s object, id string, quantity int64) error {
	var line object
	others := false
	for _, l := range itemsAt(s, "_lines") {
		if one := l.(object); one["id"] == id {
			line = one
		} else if num(one, "quantity") > 0 && (str(s, "mode") == "payment" || str(one, "price.type") == "recurring") {
			others = true
		}
	}
	between := hashAt(line, "_adjustable")
	if between == nil {
		return pages.ErrNotFound
	}
	least, most := num(between, "minimum"), num(between, "maximum")
	if !others {
		least = max(least, 1) // something has to be bought
	}
	if quantity < least || quantity > most {
		return &pages.Problem{Field: pages.QuantityID(id), Message: "Choose a quantity from " + itoa(least) + " to " + itoa(most) + "."}
	}
	line["quantity"] = quantity
	return nil
}

func (t *tx) chooseShipping(s object, rate string) error {
	for _, o := range itemsAt(s, "shipping_options") {
		if o.(object)["shipping_rate"] == rate {
			s["_shipping"] = rate
			return nil
		}
	}
	return &pages.Problem{Field: "shippingRate", Message: "Choose one of the ways to ship."}
}

// typeCode takes a promotion code's coupon off the session.
func (t *tx) typeCode(s object, typed string) error {
	code := t.activeCode(strings.TrimSpace(typed))
	coupon := t.find("coupon", str(code, "coupon.id"))
	if !yes(s, "allow_promotion_codes") || coupon == nil || t.unfit(s, coupon, code) != "" {
		return &pages.Problem{Field: codeField, Message: badCode}
	}
	t.takeCoupon(s, coupon, code)
	return nil
}

// chooseAmount sets the amount of a price that the customer names.
func (t *tx) chooseAmount(s object, typed string) error {
	line := itemsAt(s, "_lines")[0].(object)
	if line["_amount"] == nil {
		return pages.ErrNotFound
	}
	typed = strings.NewReplacer(",", ".", " ", "").Replace(typed)
	amount, err := services.ParseDecimal(typed, str(s, "currency"))
	if err != nil {
		return &pages.Problem{Field: amountField, Message: "Type an amount, such as " + services.Money{Amount: 1000, Currency: str(s, "currency")}.Decimal() + "."}
	}
	if problem := amountProblem(s, amount.Amount); problem != nil {
		return problem
	}
	line["_amount"] = amount.Amount
	return nil
}

// amountProblem judges an amount of the customer's own; nil when it is good.
func amountProblem(s object, amount int64) *pages.Problem {
	money := func(n int64) services.Money { return services.Money{Amount: n, Currency: str(s, "currency")} }
	least, most := customLimits(s)
	switch {
	case amount < least:
		return &pages.Problem{Field: amountField, Message: "The amount must be at least " + money(least).String() + "."}
	case amount > most:
		return &pages.Problem{Field: amountField, Message: "The amount must be at most " + money(most).String() + "."}
	case amount%smallest(str(s, "currency")) != 0:
		return &pages.Problem{Field: amountField, Message: "The last digit of an amount in " + strings.ToUpper(str(s, "currency")) + " must be 0."}
	}
	return nil
}

// customLimits are the least and the most that a custom amount may be.
func customLimits(s object) (least, most int64) {
	price := hashAt(itemsAt(s, "_lines")[0].(object), "price")
	least, most = services.MinimumCharge(str(s, "currency")), maxAmount
	if n := num(price, "custom_unit_amount.minimum"); n > least {
		least = n
	}
	if n := num(price, "custom_unit_amount.maximum"); n > 0 {
		most = min(most, n)
	}
	return least, most
}

// recoverSession opens a session like one that expired (after_expiration).
func (t *tx) recoverSession(old object) (object, error) {
	recovery := hashAt(old, "after_expiration.recovery")
	if old["status"] != "expired" || !yes(recovery, "enabled") || num(recovery, "expires_at") <= t.now {
		return nil, pages.ErrNotFound
	}
	s := t.fresh("checkout.session")
	for k, v := range old {
		switch k {
		case "id", "created", "status", "payment_intent", "_contact", "_method", "_intent", "_subscription", "_invoice", "_customer", "_due":
		default:
			s[k] = clone(v)
		}
	}
	for _, l := range itemsAt(s, "_lines") {
		l.(object)["id"] = t.ids.next("li_", 24)
	}
	s["recovered_from"], s["expires_at"], s["url"] = old["id"], t.now+day, t.srv.o.URL+"/c/pay/"+str(s, "id")
	if yes(old, "allow_promotion_codes") {
		delete(s, "_discount") // a code that was typed is typed again
	}
	s["allow_promotion_codes"] = yes(recovery, "allow_promotion_codes")
	again := hashAt(s, "after_expiration.recovery")
	again["expires_at"], again["url"] = nil, nil
	t.total(s)
	t.insert(s)
	t.schedule(s, num(s, "expires_at"))
	return s, nil
}
