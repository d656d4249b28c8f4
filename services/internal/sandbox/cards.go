package sandbox

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// challenge says when a card asks for 3-D Secure.
type challenge int

const (
	never        challenge = iota
	always                 // on every payment
	unlessSetUp            // until it was set up for later use
	onlyOnScreen           // already set up: only while the person is there
)

// testCard is one of Stripe's test cards (section 4). Only these are accepted.
type testCard struct {
	number  string
	names   string // shared ids without "pm_card_", the first one is stored
	brand   string
	funding string
	country string
	ask     challenge
	decline string // key of declines; applies after the challenge
	saves   bool   // can be saved although charges decline
	checks  string // "cvc=fail", "zip=fail", …
	risk    string // normal, elevated, highest
	refund  string // later: pending, fails
}

// decline is what a refused card says.
type decline struct {
	code, declineCode, param string
	message                  string // of the API
	page                     string // of the hosted page (6.1)
	field                    string // of the hosted page's form
	outcome                  object
}

func declines() map[string]decline {
	issuer := func(reason string) object {
		return object{"network_status": "declined_by_network", "reason": reason, "risk_level": "normal", "risk_score": int64(24),
			"seller_message": "The bank did not return any further details with this decline.", "type": "issuer_declined"}
	}
	plain := func(code string) decline {
		return decline{code: "card_declined", declineCode: code, message: "Your card was declined.", outcome: issuer(code),
			page: "Your card was declined. Please try a different card.", field: "cardNumber"}
	}
	generic := plain("generic_decline")
	generic.page = "Your credit card was declined. Try paying with a debit card instead."
	funds := plain("insufficient_funds")
	funds.message = "Your card has insufficient funds."
	funds.page = "Your credit card was declined because of insufficient funds. Try paying with a debit card instead."
	blocked := plain("fraudulent")
	blocked.outcome = object{"network_status": "not_sent_to_network", "reason": "highest_risk_level", "risk_level": "highest", "risk_score": int64(95), "seller_message": "Stripe blocked this payment as too risky.", "type": "blocked"}
	return map[string]decline{
		"generic": generic, "funds": funds, "blocked": blocked,
		"lost": plain("lost_card"), "stolen": plain("stolen_card"), "velocity": plain("card_velocity_exceeded"),
		"expired": {code: "expired_card", param: "exp_month", message: "Your card has expired.", outcome: issuer("expired_card"), page: "Your card is expired. Try a different card.", field: "cardExpiry"},
		"cvc":     {code: "incorrect_cvc", param: "cvc", message: "Your card's security code is incorrect.", outcome: issuer("incorrect_cvc"), page: "Your card's security code is incorrect.", field: "cardCvc"},
		"processing": {code: "processing_error", message: "An error occurred while processing your card. Try again in a little bit.", outcome: issuer("processing_error"),
			page: "An error occurred while processing your card. Try again in a little bit."},
	}
}

// cardTable is section 4, one card a line: number, shared names, brand, funding,
// country, then what is special about it.
const cardTable = `
4242424242424242 visa visa credit US
4000056655665556 visa_debit visa debit US
5555555555554444 mastercard mastercard credit US
2223003122003222 mastercard_2series mastercard credit US
5200828282828210 mastercard_debit mastercard debit US
5105105105105100 mastercard_prepaid mastercard prepaid US
378282246310005 amex amex credit US
371449635398431 amex_2 amex credit US
6011111111111117 discover discover credit US
6011000990139424 discover_2 discover credit US
3056930009020004 diners diners credit US
36227206271667 diners_2 diners credit US
3566002020360505 jcb jcb credit JP
6200000000000005 unionpay unionpay credit CN
4000000000000002 chargeDeclined,visa_chargeDeclined visa credit US decline=generic
4000000000009995 chargeDeclinedInsufficientFunds,visa_chargeDeclinedInsufficientFunds visa credit US decline=funds
4000000000009987 chargeDeclinedLostCard,visa_chargeDeclinedLostCard visa credit US decline=lost
4000000000009979 chargeDeclinedStolenCard,visa_chargeDeclinedStolenCard visa credit US decline=stolen
4000000000000069 chargeDeclinedExpiredCard visa credit US decline=expired
4000000000000127 chargeDeclinedIncorrectCvc visa credit US decline=cvc
4000000000000119 chargeDeclinedProcessingError visa credit US decline=processing
4000000000006975 visa_chargeDeclinedVelocityLimitExceeded visa credit US decline=velocity
4000000000000341 chargeCustomerFail visa credit US decline=generic saves
4100000000000019 radarBlock visa credit US decline=blocked
4000000000004954 riskLevelHighest visa credit US risk=highest
4000000000009235 riskLevelElevated visa credit US risk=elevated
4000000000000101 cvcCheckFail visa credit US checks=cvc:fail
4000000000000036 avsZipFail visa credit US checks=zip:fail
4000000000000028 avsLine1Fail visa credit US checks=line1:fail
4000000000000010 avsFail visa credit US checks=zip:fail,line1:fail
4000000000000044 avsUnchecked visa credit US checks=zip:unavailable,line1:unavailable
4000002500003155 authenticationRequiredOnSetup visa credit FR ask=unlessSetUp
4000002760003184 authenticationRequired visa credit DE ask=always
4000003800000446 authenticationRequiredSetupForOffSession visa credit HU ask=onlyOnScreen
4000008260003178 authenticationRequiredChargeDeclinedInsufficientFunds visa credit GB ask=always decline=funds
4000000000003220 threeDSecure2Required visa credit IE ask=always
4000008400001629 threeDSecureRequiredChargeDeclined visa credit US ask=always decline=generic
4000008400001280 threeDSecureRequiredProcessingError visa credit US ask=always decline=generic
4000000000003097 threeDSecureOptionalProcessingError visa credit US
4000000000003055 threeDSecureOptional visa credit US
4000000000003063 threeDSecureRequired visa credit US ask=always
4000000000007726 pendingRefund visa credit US refund=pending
4000000000005126 refundFail visa credit US refund=fails
4000000000000077 bypassPending visa credit US
4000003720000278 bypassPendingInternational visa credit IE
`

// later are cards whose effect this sandbox does not have; using one says so
// instead of pretending.
const laterCards = " 4000000000000259 4000000000002685 4000000000001976 4000000000005423 4000000404000079 4000000404000038 "

const laterNames = " createDispute createDisputeProductNotReceived createDisputeInquiry createIssuerFraudRecord createMultipleDisputes createCe3EligibleDispute "

// testCards is the table, read once.
var testCards = sync.OnceValue(parseCards)

func parseCards() []testCard {
	var cards []testCard
	for line := range strings.Lines(strings.TrimSpace(cardTable)) {
		f := strings.Fields(line)
		c := testCard{number: f[0], names: f[1], brand: f[2], funding: f[3], country: f[4], risk: "normal"}
		for _, extra := range f[5:] {
			name, value, _ := strings.Cut(extra, "=")
			switch name {
			case "decline":
				c.decline = value
			case "saves":
				c.saves = true
			case "checks":
				c.checks = value
			case "risk":
				c.risk = value
			case "refund":
				c.refund = value
			case "ask":
				c.ask = map[string]challenge{"always": always, "unlessSetUp": unlessSetUp, "onlyOnScreen": onlyOnScreen}[value]
			}
		}
		cards = append(cards, c)
	}
	return cards
}

func (c testCard) key() string { key, _, _ := strings.Cut(c.names, ","); return key }

// cardNamed finds a card by a shared name ("visa").
func cardNamed(name string) (testCard, bool) {
	for _, c := range testCards() {
		for n := range strings.SplitSeq(c.names, ",") {
			if n == name {
				return c, true
			}
		}
	}
	return testCard{}, false
}

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
	if strings.Contains(laterCards, " "+digits+" ") {
		return heldCard{}, refused("card[number]", "disputes and fraud warnings, which is what this test card is for")
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

// cardOf returns the behaviour of a payment method.
func cardOf(pm object) testCard {
	c, ok := cardNamed(str(pm, "_card"))
	if !ok {
		panic(fmt.Sprintf("sandbox: payment method %v has no card", pm["id"]))
	}
	return c
}

// paymentMethod finds a payment method by id. A shared name (pm_card_visa) makes
// a new one.
func (t *tx) paymentMethod(id, param string) (object, error) {
	if pm := t.find("payment_method", id); pm != nil {
		return pm, nil
	}
	name, shared := strings.CutPrefix(id, "pm_card_")
	if strings.Contains(laterNames, " "+name+" ") {
		return nil, refused(param, "disputes and fraud warnings, which is what %s is for", id)
	}
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
