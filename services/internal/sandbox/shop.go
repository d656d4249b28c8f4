package sandbox

import (
	"fmt"
	"strings"
	"time"

	"bursar/services"
)

// shopSeed makes the demo shop's ids: every demo shop has the same ones, but for
// its events, whose ids tell the time they were made.
const shopSeed = 20231016

// found makes the shop that a new file holds: the account, the portal's default
// configuration and, for the demo, a catalogue and its history.
func (s *Server) found(demo bool) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	now := s.o.Now().Unix()
	t := s.newTx(now)
	t.ids = seededIDs(shopSeed)
	account, err := parseObject([]byte(accountBlank))
	if err != nil {
		return fmt.Errorf("reading the account: %w", err)
	}
	account["_page_secret"], account["_url"] = randomText(32), s.o.URL
	t.insert(account)
	configuration := t.fresh("billing_portal.configuration")
	configuration["is_default"], configuration["updated"] = true, t.now
	t.insert(configuration)
	if demo {
		if err := t.openShop(now); err != nil {
			return err
		}
	}
	return s.commit(t)
}

// moveIn rewrites the addresses that objects carry when the shop is served on
// another address than before, so that open pages can still be reached.
func (s *Server) moveIn() error {
	before := str(s.mem.rows[accountID].object(), "_url")
	if before == s.o.URL {
		return nil
	}
	return s.write(cause{}, func(t *tx) error {
		t.edit(accountID)["_url"] = s.o.URL
		for o := range t.each("checkout.session") {
			if path, ours := strings.CutPrefix(str(o, "after_expiration.recovery.url"), before+"/"); ours {
				hashAt(t.edit(str(o, "id")), "after_expiration.recovery")["url"] = s.o.URL + "/" + path
			}
		}
		for kind, fields := range map[string][]string{"checkout.session": {"url"}, "billing_portal.session": {"url"}, "charge": {"receipt_url"}, "invoice": {"hosted_invoice_url", "invoice_pdf"}} {
			for o := range t.each(kind) {
				for _, field := range fields {
					if path, ours := strings.CutPrefix(str(o, field), before+"/"); ours {
						t.edit(str(o, "id"))[field] = s.o.URL + "/" + path
					}
				}
			}
		}
		return nil
	})
}

// ware is one thing the demo shop sells.
type ware struct {
	name, description string
	price             string // id of its price
	currency          string
	amount            int64  // minor units
	every             string // month, year; empty for one-off
	archived          bool
	missing           bool // listed, but Stripe has no such price any more
	unit              string
}

// wares are the demo shop's catalogue, in the order it is listed.
func wares() []ware {
	return []ware{
		{name: "Copper Gooseneck Kettle", description: "0.9 l, hand-hammered in Kyoto, for a slow and steady pour", price: "price_1KettleCopperGooseneck01", currency: "eur", amount: 12900},
		{name: "Crane Pour-Over Set", description: "Ceramic dripper, server and forty paper filters", price: "price_1CranePourOverSetEuro01", currency: "eur", amount: 4250},
		{name: "House Blend, 250 g", description: "Roasted on Tuesdays: chocolate, hazelnut, a little orange", price: "price_1HouseBlend250gEuros001", currency: "eur", amount: 1190},
		{name: "Bean Club", description: "Two bags of whatever we are proudest of, every month", price: "price_1BeanClubMonthlyEuros01", currency: "eur", amount: 2200, every: "month", unit: "box"},
		{name: "Bean Club, yearly", description: "Twelve months of Bean Club, two of them on us", price: "price_1BeanClubYearlyEuros001", currency: "eur", amount: 22000, every: "year", unit: "box"},
		{name: "Tea Circle", description: "Four loose-leaf teas and a letter from the garden they grew in", price: "price_1TeaCircleMonthlyUSD001", currency: "usd", amount: 1800, every: "month"},
		{name: "Sencha Sampler", description: "Five first-flush greens, 20 g each", price: "price_1SenchaSamplerUSDollar1", currency: "usd", amount: 3400},
		{name: "Tetsubin Iron Teapot", description: "Cast iron, 0.6 l, arare pattern. Ships from Morioka", price: "price_1TetsubinTeapotInYen001", currency: "jpy", amount: 14800},
		{name: "Matcha Whisk", description: "Chasen of 80 prongs, cut from one piece of bamboo", price: "price_1MatchaWhiskInYen000001", currency: "jpy", amount: 2600},
		{name: "Cardamom Coffee Tin", description: "Ground light with green cardamom, for the dallah", price: "price_1CardamomTinInDinars001", currency: "kwd", amount: 4750},
		{name: "The Complete Kettle & Crane Limited Anniversary Collection of Hand-Thrown Stoneware Cups, Saucers, Spoon Rests and One Very Patient Teapot (Set of Seventeen, Individually Numbered)", description: "A long name for a long table", price: "price_1AnniversarySetLongName1", currency: "eur", amount: 38900},
		{name: "Brass Coffee Scoop", description: "Holds 10 g. Out of the catalogue since spring", price: "price_1BrassScoopGoneForGood01", currency: "eur", amount: 1500, missing: true},
		{name: "Winter Spice Chai", description: "Back in November", price: "price_1WinterSpiceChaiArchived", currency: "eur", amount: 1350, archived: true},
	}
}

// Catalogue returns the rows of the demo shop's product source. One row's price
// is archived and one row's Price ID no longer exists.
func Catalogue() []services.Product {
	var rows []services.Product
	for i, w := range wares() {
		price := services.Money{Amount: w.amount, Currency: w.currency}
		rows = append(rows, services.Product{Row: i + 1, Name: w.name, Description: w.description, Price: price.Decimal(), PriceID: w.price, State: services.ProductUnchecked})
	}
	return rows
}

// stock puts the catalogue on sale.
func (t *tx) stock() error {
	for _, w := range wares() {
		if w.missing {
			continue
		}
		data := object{"name": w.name, "description": w.description}
		if w.unit != "" {
			data["unit_label"] = w.unit
		}
		product, err := t.newProduct(data, true)
		if err != nil {
			return err
		}
		price := object{"currency": w.currency, "unit_amount": w.amount}
		if w.every != "" {
			price["recurring"] = object{"interval": w.every}
		}
		o := t.fresh("price")
		o["id"] = w.price
		if err := t.priceAmounts(o, price, ""); err != nil {
			return err
		}
		o["currency"], o["product"] = w.currency, product["id"]
		t.insert(o)
		t.announcePrice("created", o)
		t.now += 41
	}
	return nil
}

// archive takes the archived ware off sale.
func (t *tx) archive() {
	for _, w := range wares() {
		if w.archived {
			o := t.edit(w.price)
			o["active"] = false
			t.announcePrice("updated", o)
		}
	}
}

// morning is a moment of a day before now, in the shop's opening hours.
func morning(now int64, daysAgo, minute int64) int64 {
	midnight := time.Unix(now-daysAgo*day, 0).UTC().Truncate(24 * time.Hour).Unix()
	return midnight + 8*hour + minute*60
}
