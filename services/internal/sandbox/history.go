package sandbox

import (
	"errors"
	"sort"
	"strings"
)

// storyline is what happened in the shop, action by action.
type storyline struct {
	t       *tx
	now     int64 // when the story is told, Unix seconds
	actions []action
	ids     map[int]string // customers by their place in people
}

type action struct {
	at int64
	do func() error
}

func (y *storyline) on(daysAgo, minute int64, do func() error) {
	y.actions = append(y.actions, action{morning(y.now, daysAgo, minute), do})
}

// openShop fills an empty shop with the demo's catalogue and eleven weeks of
// trade, told by the same code that serves requests, on a clock that is moved.
func (t *tx) openShop(now int64) error {
	t.now = morning(now, 79, 0)
	if err := t.stock(); err != nil {
		return err
	}
	y := &storyline{t: t, now: now, ids: map[int]string{}}
	y.visits()
	y.subscribers()
	y.trouble()
	y.today()
	sort.SliceStable(y.actions, func(i, j int) bool { return y.actions[i].at < y.actions[j].at })
	for _, a := range y.actions {
		if a.at > now {
			continue
		}
		t.passUntil(max(a.at, t.now))
		if err := a.do(); err != nil {
			return err
		}
	}
	t.passUntil(now)
	return nil
}

// customer finds a person among the shop's customers, or makes them one.
func (y *storyline) customer(n int) string {
	if id := y.ids[n]; id != "" {
		return id
	}
	p := people()[n%len(people())]
	c := y.t.fresh("customer")
	c["name"], c["email"], c["invoice_prefix"] = orNil(p.name), p.email, upperText(y.t.ids, 8)
	c["address"] = object{"city": nil, "country": p.country, "line1": nil, "line2": nil, "postal_code": nil, "state": nil}
	y.t.insert(c)
	y.t.emit("customer.created", c)
	y.ids[n] = str(c, "id")
	return y.ids[n]
}

// open makes a session for wares ("price:2") and returns its id.
func (y *storyline) open(who int, mode string, given object, prices ...string) (string, error) {
	c := &call{tx: y.t, given: merge(object{"mode": mode, "success_url": "https://kettleandcrane.example/thanks", "cancel_url": "https://kettleandcrane.example/cart", "customer": y.customer(who)}, given)}
	var lines []any
	for _, p := range prices {
		id, times, _ := strings.Cut(p, ":")
		lines = append(lines, object{"price": id, "quantity": int64(max(len(times), 1))})
	}
	c.given["line_items"] = lines
	o := y.t.fresh("checkout.session")
	if err := echo(o, c.given, sessionParams()); err != nil {
		return "", err
	}
	return str(o, "id"), createSession(c, o)
}

// pay submits an open session with each card in turn until one is accepted. A
// challenge is passed, unless the card is followed by "!".
func (y *storyline) pay(who int, session string, cards ...string) error {
	p := people()[who%len(people())]
	for _, card := range cards {
		card, fail := strings.CutSuffix(card, "!")
		pm, err := y.t.paymentMethod("pm_card_"+card, "payment_method")
		if err != nil {
			return err
		}
		hashAt(pm, "billing_details")["name"], hashAt(pm, "billing_details")["email"] = orNil(p.name), p.email
		s := y.t.edit(session)
		err = y.t.confirm(s, str(pm, "id"), contact{email: p.email, name: p.name})
		if s["status"] == "open" && err == nil {
			y.t.now += 38
			err = y.t.answer(s, str(s, "_intent"), !fail)
		}
		if declined := (*apiError)(nil); err != nil && (!errors.As(err, &declined) || !declined.keep) {
			return err
		}
		y.t.now += 74
	}
	return nil
}

// buy is a whole visit: a session, then its payment. Without cards the person
// leaves, and the session expires by itself.
func (y *storyline) buy(who int, mode string, prices []string, cards ...string) func() error {
	return func() error {
		session, err := y.open(who, mode, nil, prices...)
		if err != nil || len(cards) == 0 {
			return err
		}
		y.t.now += 95
		return y.pay(who, session, cards...)
	}
}

// The wares by short names.
const (
	kettle   = "price_1KettleCopperGooseneck01"
	pourOver = "price_1CranePourOverSetEuro01"
	beans    = "price_1HouseBlend250gEuros001"
	beanClub = "price_1BeanClubMonthlyEuros01"
	beanYear = "price_1BeanClubYearlyEuros001"
	teaClub  = "price_1TeaCircleMonthlyUSD001"
	sencha   = "price_1SenchaSamplerUSDollar1"
	teapot   = "price_1TetsubinTeapotInYen001"
	whisk    = "price_1MatchaWhiskInYen000001"
	cardamom = "price_1CardamomTinInDinars001"
	set      = "price_1AnniversarySetLongName1"
)

// visits are people who buy something once.
func (y *storyline) visits() {
	baskets := [][]string{{beans}, {kettle, beans}, {pourOver}, {sencha}, {teapot}, {beans, pourOver}, {whisk}, {cardamom}, {sencha}, {beans}, {kettle}, {teapot, whisk}, {set}, {cardamom}}
	cards := []string{"visa", "mastercard", "visa_debit", "amex", "visa", "jcb", "discover", "unionpay", "visa"}
	for n := range len(people()) {
		ago := int64(77 - n*5/2)
		y.on(ago, int64(n*67%600), y.buy(n, "payment", baskets[n%len(baskets)], cards[n%len(cards)]))
		if n%4 == 1 && ago > 20 {
			y.on(ago-17, int64(n*91%600), y.buy(n, "payment", baskets[(n+5)%len(baskets)], cards[n%len(cards)]))
		}
	}
}

// subscribers are people who stay.
func (y *storyline) subscribers() {
	club := func(ago, minute int64, who int, price, card string) {
		y.on(ago, minute, y.buy(who, "subscription", []string{price}, card))
	}
	club(74, 95, 0, beanClub, "visa")
	club(69, 310, 9, beanClub, "mastercard")
	club(66, 44, 17, teaClub, "amex")
	club(61, 480, 4, beanClub, "visa")
	club(57, 122, 11, beanYear, "visa_debit")
	club(52, 200, 27, teaClub, "visa")
	club(43, 260, 28, beanClub, "mastercard")
	club(38, 15, 13, beanClub, "visa")
	y.on(21, 15, func() error { // a card that will not be good for the renewal
		card, _ := cardNamed("chargeCustomerFail")
		return y.t.saveCard(y.customer(13), heldCard{card, 4, 2031}, people()[13].name)
	})
	club(20, 333, 24, beanClub, "visa")
	club(9, 411, 22, teaClub, "visa")
	y.on(12, 175, func() error { // a trial
		session, err := y.open(30, "subscription", object{"subscription_data": object{"trial_period_days": int64(14)}}, beanClub)
		if err != nil {
			return err
		}
		y.t.now += 120
		return y.pay(30, session, "visa")
	})
	y.on(37, 390, func() error { return y.cancelAtEnd(4) })
	y.on(6, 240, func() error { return y.cancelAtEnd(27) })
	y.on(15, 505, func() error { // one who changed their mind
		if err := y.cancelAtEnd(9); err != nil {
			return err
		}
		y.t.now += 610
		sub := y.subscription(9)
		y.t.resume(sub)
		y.t.emit("customer.subscription.updated", sub)
		return nil
	})
}

func (y *storyline) subscription(who int) object {
	for sub := range y.t.where("subscription", "customer", y.customer(who)) {
		if !ended(sub) {
			return y.t.edit(str(sub, "id"))
		}
	}
	return nil
}

func (y *storyline) cancelAtEnd(who int) error {
	c := &call{tx: y.t, given: object{"customer": y.customer(who)}}
	portal := y.t.fresh("billing_portal.session")
	portal["customer"] = y.customer(who)
	if err := createPortal(c, portal); err != nil {
		return err
	}
	y.t.now += 47
	return y.t.cancelInPortal(portal, str(y.subscription(who), "id"), "too_expensive", "Back after the holidays")
}

// trouble is what goes wrong in a real shop.
func (y *storyline) trouble() {
	y.on(71, 222, y.buy(5, "payment", []string{cardamom}, "chargeDeclinedInsufficientFunds", "visa"))
	y.on(64, 300, y.buy(12, "payment", []string{sencha}, "authenticationRequired"))
	y.on(58, 455, y.buy(18, "payment", []string{kettle}))
	y.on(50, 128, y.buy(7, "payment", []string{teapot}, "chargeDeclined", "chargeDeclined", "unionpay"))
	y.on(46, 61, y.buy(25, "subscription", []string{beanClub}, "chargeDeclinedExpiredCard", "mastercard"))
	y.on(40, 377, y.buy(2, "payment", []string{whisk}, "threeDSecure2Required!", "threeDSecure2Required"))
	y.on(33, 84, y.buy(20, "payment", []string{teapot}))
	y.on(29, 290, y.buy(15, "payment", []string{set}, "radarBlock", "amex"))
	y.on(18, 402, y.buy(31, "payment", []string{pourOver}, "chargeDeclinedIncorrectCvc", "visa"))
	y.on(11, 150, y.buy(8, "payment", []string{kettle}))
	y.on(35, 500, func() error { return y.refund(6, 0) })
	y.on(28, 60, func() error { return y.refund(10, 1000) })
	y.on(60, 33, func() error { y.t.archive(); return nil })
	y.on(22, 345, func() error {
		c := y.t.edit(y.customer(17))
		c["phone"] = "+1 212 555 0142"
		hashAt(c, "address")["city"] = "New York"
		y.t.emit("customer.updated", c)
		return nil
	})
}

// refund gives a person's last purchase back; amount 0 is all of it.
func (y *storyline) refund(who int, amount int64) error {
	var last object
	for charge := range y.t.where("charge", "customer", y.customer(who)) {
		if charge["status"] == "succeeded" && charge["refunded"] != true {
			last = charge
		}
	}
	if last == nil {
		return nil
	}
	c := &call{tx: y.t, given: object{"charge": last["id"]}}
	if amount > 0 {
		c.given["amount"] = min(amount, num(last, "amount"))
	}
	o := y.t.fresh("refund")
	o["reason"] = "requested_by_customer"
	return createRefund(c, o)
}

// today is what happened in the hours before the shop is opened.
func (y *storyline) today() {
	recent := func(minutesAgo int64, do func() error) {
		y.actions = append(y.actions, action{y.now - minutesAgo*60, do})
	}
	recent(26*60, y.buy(14, "payment", []string{beans, pourOver}, "visa"))
	recent(19*60, y.buy(23, "payment", []string{beans}, "chargeDeclined", "mastercard"))
	recent(5*60, y.buy(29, "payment", []string{sencha}, "visa"))
	recent(140, y.buy(16, "payment", []string{cardamom}, "visa"))
	recent(52, y.buy(19, "payment", []string{beans}, "mastercard"))
	recent(9, y.buy(21, "payment", []string{kettle}, "visa"))
}
