package sandbox

import (
	"strings"
	"sync"
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
	after   string // later, of the bank: "dispute:" or "inquiry:" and the reason, "warning:" and the fraud type
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
// country, then what is special about it. The card of several disputes and the one
// of compelling evidence make one plain dispute here.
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
4000000000000259 createDispute visa credit US after=dispute:fraudulent
4000000000002685 createDisputeProductNotReceived visa credit US after=dispute:product_not_received
4000000000001976 createDisputeInquiry visa credit US after=inquiry:general
4000000404000079 createMultipleDisputes visa credit US after=dispute:fraudulent
4000000404000038 createCe3EligibleDispute visa credit US after=dispute:fraudulent
4000000000005423 createIssuerFraudRecord visa credit US after=warning:misc
4000000000000077 bypassPending visa credit US
4000003720000278 bypassPendingInternational visa credit IE
`

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
			case "after":
				c.after = value
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
