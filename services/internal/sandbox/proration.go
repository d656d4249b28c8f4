package sandbox

import (
	"fmt"
	"math/big"
	"time"
)

const invoiceItemBlank = `{"id":"","object":"invoiceitem","amount":0,"currency":"","customer":"","date":0,"description":null,"discountable":true,"discounts":[],"invoice":null,"livemode":false,"metadata":{},"period":{},"plan":null,"price":null,"proration":false,"quantity":1,"subscription":null,"tax_rates":[],"test_clock":null,"unit_amount":0,"unit_amount_decimal":"0"}`

// invoiceItemResource are what waits for a customer's next invoice: the
// prorations of changed subscriptions. They can be read, not made by hand.
func invoiceItemResource() *resource {
	r := &resource{object: "invoiceitem", noun: "invoiceitem", path: "/v1/invoiceitems", prefix: "ii_", suffix: 24, idParam: "id", blank: invoiceItemBlank,
		expand: map[string]string{"customer": "customer", "invoice": "invoice", "subscription": "subscription", "price": "price", "test_clock": "", "discounts": ""}}
	r.ops = []operation{r.retrieve(), r.list(nil, by("customer", text), by("invoice", text), by("created", span),
		filter{opt("pending", boolean), func(_ *tx, o object, v any) bool { return (o["invoice"] == nil) == v.(bool) }})}
	return r
}

// worth is what a subscription's items cost for a whole period, with its
// discount taken off: what a proration is a part of (3.6).
func (t *tx) worth(sub object, items []any) map[string]int64 {
	entries := make([]*entry, len(items))
	for i, e := range items {
		c := t.itemCart(sub, e.(object))
		entries[i] = &entry{amount: c.amount, product: str(c.price, "product")}
	}
	addUp(entries, hashAt(t.discountOf(sub), "coupon"), str(sub, "currency"))
	sums := map[string]int64{}
	for i, e := range entries {
		sums[str(items[i].(object), "id")] = e.amount - e.off
	}
	return sums
}

// prorate makes the invoice items of a change from items before to items after
// at a time (Unix seconds): a credit for what was paid and is not used any
// more, and a charge for the rest of the period. What stayed as it was has none.
func (t *tx) prorate(sub object, before, after []any, when int64) {
	worthBefore, worthAfter := t.worth(sub, before), t.worth(sub, after)
	same := func(a, b object) bool {
		return a != nil && b != nil && at(a, "price.id") == at(b, "price.id") && a["quantity"] == b["quantity"]
	}
	for _, e := range before {
		if item := e.(object); !same(item, itemByID(after, str(item, "id"))) {
			t.newProration(sub, item, -t.left(sub, worthBefore[str(item, "id")], when), when, "Unused time on")
		}
	}
	for _, e := range after {
		if item := e.(object); !same(item, itemByID(before, str(item, "id"))) {
			t.newProration(sub, item, t.left(sub, worthAfter[str(item, "id")], when), when, "Remaining time on")
		}
	}
}

// left is the part of an amount that the rest of the current period is worth,
// by the second.
func (t *tx) left(sub object, amount, when int64) int64 {
	start, end := num(sub, "current_period_start"), num(sub, "current_period_end")
	part := big.NewRat(max(min(end-when, end-start), 0), max(end-start, 1))
	return roundTo(part.Mul(part, big.NewRat(amount, 1)), smallest(str(sub, "currency")))
}

func itemByID(items []any, id string) object {
	for _, e := range items {
		if str(e.(object), "id") == id {
			return e.(object)
		}
	}
	return nil
}

func (t *tx) newProration(sub, item object, amount, when int64, what string) {
	if metered(hashAt(item, "price")) {
		return
	}
	o := t.fresh("invoiceitem")
	name := t.productName(hashAt(item, "price"))
	if q := num(item, "quantity"); q > 1 {
		name = fmt.Sprintf("%d × %s", q, name)
	}
	o["amount"], o["currency"], o["customer"], o["date"] = amount, sub["currency"], sub["customer"], t.now
	o["description"] = fmt.Sprintf("%s %s after %s", what, name, time.Unix(when, 0).UTC().Format("02 Jan 2006"))
	o["discountable"], o["proration"] = false, true
	o["period"] = object{"start": when, "end": sub["current_period_end"]}
	o["plan"], o["price"], o["quantity"] = item["plan"], cloneObject(hashAt(item, "price")), num(item, "quantity")
	o["subscription"], o["subscription_item"] = sub["id"], item["id"]
	o["tax_rates"] = clone(t.itemCart(sub, item).rates)
	o["unit_amount"], o["unit_amount_decimal"] = amount/max(num(item, "quantity"), 1), itoa(amount/max(num(item, "quantity"), 1))
	t.insert(o)
	t.emit("invoiceitem.created", o)
}

// pendingLines are the lines of what waits for a subscription's next invoice.
func (t *tx) pendingLines(inv, sub object) []any {
	var lines []any
	for pending := range t.where("invoiceitem", "subscription", sub["id"]) {
		if pending["invoice"] != nil {
			continue
		}
		item := t.edit(str(pending, "id"))
		item["invoice"] = inv["id"]
		t.emit("invoiceitem.updated", item)
		price := hashAt(item, "price")
		line := t.newLine(inv, cart{price: price, quantity: num(item, "quantity"), amount: num(item, "amount"), rates: itemsAt(item, "tax_rates")}, nil, cloneObject(hashAt(item, "period")))
		line["invoice_item"], line["description"], line["discountable"] = item["id"], item["description"], item["discountable"]
		line["proration"], line["plan"], line["subscription_item"] = item["proration"], planOf(price), item["subscription_item"]
		line["unit_amount_excluding_tax"] = item["unit_amount_decimal"]
		lines = append(lines, line)
	}
	return lines
}

// invoiceNow bills a subscription at once for further lines and what waits. It
// returns nil when there is nothing to bill.
func (t *tx) invoiceNow(sub object, further func(inv object) []any) object {
	inv := t.newInvoice(t.get(str(sub, "customer")), str(sub, "currency"), "subscription_update")
	billFor(inv, sub)
	var lines []any
	if further != nil {
		lines = further(inv)
	}
	lines = append(lines, t.pendingLines(inv, sub)...)
	if len(lines) == 0 {
		t.remove(str(inv, "id"))
		return nil
	}
	t.addLines(inv, sub, lines)
	t.emit("invoice.created", inv)
	return inv
}
