package sandbox

import (
	"crypto/sha256"
	"strconv"
	"strings"
	"time"
)

// typedCard is a card as it was typed or sent. It is never stored.
type typedCard struct {
	number, cvc, token string
	month, year        int64
}

// heldCard is what is kept of a card.
type heldCard struct {
	testCard
	month, year int64
}

func cardError(code, param, message string) *apiError {
	return &apiError{status: 402, kind: "card_error", code: code, param: param, message: message}
}

// tokenize checks a card as Stripe does before any charge: a refusal here makes
// no event (3.2 C).
func tokenize(t *tx, typed typedCard) (heldCard, error) {
	if typed.token != "" {
		c, ok := cardNamed(strings.TrimPrefix(typed.token, "tok_"))
		if !ok {
			return heldCard{}, noSuch("token", typed.token, "card[token]")
		}
		return heldCard{c, 12, int64(time.Unix(t.now, 0).UTC().Year()) + 3}, nil
	}
	digits := strings.NewReplacer(" ", "", "-", "").Replace(typed.number)
	if digits == "" {
		return heldCard{}, invalid("card[number]", "parameter_missing", "Missing required param: card[number].")
	}
	if !luhn(digits) {
		return heldCard{}, cardError("incorrect_number", "number", "Your card number is incorrect.")
	}
	for _, c := range testCards() {
		if c.number == digits {
			return heldCard{c, typed.month, typed.year}, checkTyped(t, c, typed)
		}
	}
	return heldCard{}, cardError("card_declined", "number", "This is a sandbox: it takes only Stripe's test cards, such as 4242 4242 4242 4242. Real cards are never accepted.")
}

func checkTyped(t *tx, c testCard, typed typedCard) error {
	now := time.Unix(t.now, 0).UTC()
	year, month := int64(now.Year()), int64(now.Month())
	switch {
	case typed.month < 1 || typed.month > 12:
		return cardError("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	case typed.year < year || typed.year > year+50:
		return cardError("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
	case typed.year == year && typed.month < month:
		return cardError("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	}
	length := 3
	if c.brand == "amex" {
		length = 4
	}
	if cvc := typed.cvc; cvc != "" && (strings.Trim(cvc, "0123456789") != "" || len(cvc) != length && (len(cvc) != 3 || length != 4)) {
		return cardError("invalid_cvc", "cvc", "Your card's security code is invalid.")
	}
	return nil
}

func luhn(digits string) bool {
	if len(digits) < 12 || len(digits) > 19 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// dressMethod puts a card into a payment method. What is kept of the number is
// its last four digits, a fingerprint and the name of its behaviour.
func dressMethod(o object, c heldCard) {
	sum := sha256.Sum256([]byte("sandbox fingerprint " + c.number))
	fingerprint := make([]byte, 16)
	for i := range fingerprint {
		fingerprint[i] = base62[int(sum[i])%len(base62)]
	}
	checks := object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "unchecked"}
	o["_card"] = c.key()
	o["card"] = object{"brand": c.brand, "checks": checks, "country": c.country, "exp_month": c.month, "exp_year": c.year,
		"fingerprint": string(fingerprint), "funding": c.funding, "generated_from": nil, "last4": c.number[len(c.number)-4:],
		"networks": object{"available": []any{c.brand}, "preferred": nil}, "three_d_secure_usage": object{"supported": true}, "wallet": nil}
}

// cardOf returns the behaviour of a payment method: the plain Visa's, when the
// file names a card that this version does not know.
func cardOf(pm object) testCard {
	if c, ok := cardNamed(str(pm, "_card")); ok {
		return c
	}
	return testCards()[0]
}

// paymentMethod finds a payment method by id. A shared name (pm_card_visa) makes
// a new one.
func (t *tx) paymentMethod(id, param string) (object, error) {
	if pm := t.find("payment_method", id); pm != nil {
		return pm, nil
	}
	name, shared := strings.CutPrefix(id, "pm_card_")
	c, known := cardNamed(name)
	if !shared || !known {
		return nil, noSuch("PaymentMethod", id, param)
	}
	o := t.fresh("payment_method")
	dressMethod(o, heldCard{c, 12, int64(time.Unix(t.now, 0).UTC().Year()) + 3})
	return t.insert(o), nil
}

// attach saves a payment method to a customer (3.1). A card that declines every
// charge cannot be saved, unless it is the one made for that.
func (t *tx) attach(pm object, customer string) error {
	switch owner := str(pm, "customer"); {
	case owner == customer:
		return nil
	case owner != "":
		return invalid("", "", "The payment method you provided has already been attached to a customer.")
	}
	if c := cardOf(pm); c.decline != "" && !c.saves && c.ask == never {
		d := declines()[c.decline]
		e := cardError(d.code, d.param, d.message)
		e.extra = object{}
		if d.declineCode != "" {
			e.extra["decline_code"] = d.declineCode
		}
		return e
	}
	pm = t.edit(str(pm, "id"))
	pm["customer"] = customer
	hashAt(pm, "card")["checks"] = checksOf(cardOf(pm), pm)
	t.emit("payment_method.attached", pm)
	return nil
}

// detach takes a payment method off its customer and out of its defaults.
func (t *tx) detach(id string) object {
	pm := t.edit(id)
	customer := str(pm, "customer")
	pm["customer"] = nil
	t.emit("payment_method.detached", pm)
	if c := t.find("customer", customer); c != nil && at(c, "invoice_settings.default_payment_method") == id {
		c = t.edit(customer)
		hashAt(c, "invoice_settings")["default_payment_method"] = nil
		t.emit("customer.updated", c)
	}
	for sub := range t.where("subscription", "default_payment_method", id) {
		s := t.edit(str(sub, "id"))
		s["default_payment_method"] = nil
		t.emit("customer.subscription.updated", s)
	}
	return pm
}

// checksOf is what the bank says of the details.
func checksOf(c testCard, pm object) object {
	checks := object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"}
	if at(pm, "billing_details.address.postal_code") != nil {
		checks["address_postal_code_check"] = "pass"
	}
	if at(pm, "billing_details.address.line1") != nil {
		checks["address_line1_check"] = "pass"
	}
	for check := range strings.SplitSeq(c.checks, ",") {
		what, result, _ := strings.Cut(check, ":")
		switch what {
		case "cvc":
			checks["cvc_check"] = result
		case "zip":
			checks["address_postal_code_check"] = result
		case "line1":
			checks["address_line1_check"] = result
		}
	}
	return checks
}

// parseExpiry reads "MM / YY", "MMYY", "MM/YYYY".
func parseExpiry(s string) (month, year int64, ok bool) {
	s = strings.Join(strings.Fields(s), "")
	m, y, cut := strings.Cut(strings.NewReplacer("-", "/", ".", "/").Replace(s), "/")
	if !cut && (len(s) == 4 || len(s) == 6) {
		m, y = s[:2], s[2:]
	}
	month, err1 := strconv.ParseInt(m, 10, 64)
	year, err2 := strconv.ParseInt(y, 10, 64)
	if err1 != nil || err2 != nil || month < 1 || month > 12 || (len(y) != 2 && len(y) != 4) {
		return 0, 0, false
	}
	if len(y) == 2 {
		year += 2000
	}
	return month, year, true
}
