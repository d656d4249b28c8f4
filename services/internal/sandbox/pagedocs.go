package sandbox

import (
	"fmt"
	"strings"
	"time"

	"bursar/services"
	"bursar/services/internal/sandbox/pages"
)

// portalPage draws a portal session.
func (t *tx) portalPage(s object) pages.Portal {
	customer := t.get(str(s, "customer"))
	f := t.features(s)
	p := pages.Portal{
		Token: str(s, "_token"), Merchant: merchant, ReturnURL: str(s, "return_url"), Customer: billingOf(customer, ""),
		CanCancel: yes(f, "subscription_cancel.enabled"), CancelNow: str(f, "subscription_cancel.mode") == "immediately",
		AskReason: yes(f, "subscription_cancel.cancellation_reason.enabled"), CanUpdateCard: yes(f, "payment_method_update.enabled"),
		CanUpdateInfo: yes(f, "customer_update.enabled"), ShowInvoices: yes(f, "invoice_history.enabled"),
	}
	for _, detail := range []string{"name", "email", "phone", "address"} {
		if t.mayUpdate(s, detail) {
			p.Editable = append(p.Editable, detail)
		}
	}
	profile := hashAt(t.get(str(s, "configuration")), "business_profile")
	p.Headline, p.PrivacyURL, p.TermsURL = str(profile, "headline"), str(profile, "privacy_policy_url"), str(profile, "terms_of_service_url")
	p.Plans, p.ChangePrice, p.ChangeQuantity = t.planChoices(s), t.allowsUpdate(s, "price"), t.allowsUpdate(s, "quantity")
	p.UpdateBilledNow = str(f, "subscription_update.proration_behavior") == "always_invoice"
	for _, e := range itemsAt(s, "flow.subscription_update_confirm.items") {
		if price := t.find("price", str(e.(object), "price")); price != nil {
			p.Plans = append(p.Plans, t.planChoice(price))
		}
	}
	p.Flow, p.AfterURL = str(s, "flow.type"), str(s, "flow.after_completion.redirect.return_url")
	p.Confirms, p.AfterMessage = str(s, "flow.after_completion.type") == "hosted_confirmation", str(s, "flow.after_completion.hosted_confirmation.custom_message")
	for _, reason := range itemsAt(f, "subscription_cancel.cancellation_reason.options") {
		p.Reasons = append(p.Reasons, reason.(string))
	}
	for _, row := range t.newest("subscription") {
		if row.object()["customer"] == customer["id"] && row.object()["status"] != "incomplete" && row.object()["status"] != "incomplete_expired" {
			p.Subscriptions = append(p.Subscriptions, t.portalSubscription(row.object()))
		}
	}
	standard := t.defaultMethod(str(customer, "id"))
	for _, row := range t.newest("payment_method") {
		if pm := row.object(); pm["customer"] == customer["id"] {
			p.Cards = append(p.Cards, pages.PortalCard{ID: row.id, Brand: brandName(str(pm, "card.brand")), Last4: str(pm, "card.last4"),
				Expires: fmt.Sprintf("%02d/%02d", num(pm, "card.exp_month"), num(pm, "card.exp_year")%100), Default: row.id == standard})
		}
	}
	for _, row := range t.newest("invoice") {
		if inv := row.object(); inv["customer"] == customer["id"] && inv["status"] != "draft" {
			p.Invoices = append(p.Invoices, pages.PortalInvoice{ID: row.id, Number: str(inv, "number"), Created: time.Unix(row.created, 0).UTC(),
				Total: money(inv, "total", "currency"), Status: str(inv, "status"), Path: "/i/" + row.id})
		}
	}
	return p
}

func (t *tx) portalSubscription(sub object) pages.PortalSubscription {
	var names []string
	var total int64
	every := ""
	for _, i := range itemsAt(sub, "items.data") {
		item := i.(object)
		price := hashAt(item, "price")
		names = append(names, t.productName(price))
		total += t.lineAmount(price, num(item, "quantity"))
		every = interval(price)
	}
	var item object
	if list := itemsAt(sub, "items.data"); len(list) == 1 {
		item = list[0].(object)
	}
	return pages.PortalSubscription{ID: str(sub, "id"), Plan: str(item, "price.id"), Quantity: num(item, "quantity"), Currency: str(sub, "currency"), Name: strings.Join(names, ", "), Price: fmt.Sprintf("%s per %s", services.Money{Amount: total, Currency: str(sub, "currency")}, every),
		Status: str(sub, "status"), Renews: time.Unix(num(sub, "current_period_end"), 0).UTC(), Canceled: yes(sub, "cancel_at_period_end"), Ended: ended(sub)}
}

func brandName(brand string) string {
	names := map[string]string{"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}
	return names[brand]
}

// billingOf reads a contact out of an object's fields; prefix is put before
// their names ("customer_").
func billingOf(o object, prefix string) pages.Billing {
	get := func(field string) string { return str(o, prefix+field) }
	return pages.Billing{Name: get("name"), Email: get("email"), Phone: get("phone"), Line1: get("address.line1"), Line2: get("address.line2"), City: get("address.city"),
		State: get("address.state"), PostalCode: get("address.postal_code"), Country: get("address.country")}
}

// invoicePage draws an invoice.
func (t *tx) invoicePage(id string) (pages.Document, error) {
	inv := t.find("invoice", id)
	if inv == nil || inv["status"] == "draft" {
		return pages.Document{}, pages.ErrNotFound
	}
	d := pages.Document{Kind: "Invoice", Number: str(inv, "number"), Merchant: merchant, Customer: billingOf(inv, "customer_"), Created: time.Unix(num(inv, "created"), 0).UTC(),
		Status: str(inv, "status"), Subtotal: money(inv, "subtotal", "currency"), Total: money(inv, "total", "currency"), Paid: money(inv, "amount_paid", "currency"), Currency: str(inv, "currency")}
	for _, l := range itemsAt(inv, "lines.data") {
		d.Lines = append(d.Lines, t.pageLine(l.(object)))
	}
	invoiceTotals(&d, inv)
	if charge := t.find("charge", str(inv, "charge")); charge != nil {
		d.Card, d.Refunded = cardLabel(charge), money(charge, "amount_refunded", "currency")
	}
	return d, nil
}

// receiptPage draws a charge's receipt, with what was sold when it is known.
func (t *tx) receiptPage(id string) (pages.Document, error) {
	charge := t.find("charge", id)
	if charge == nil || charge["status"] != "succeeded" {
		return pages.Document{}, pages.ErrNotFound
	}
	d := pages.Document{Kind: "Receipt", Number: receiptNumber(id), Merchant: merchant, Customer: billingOf(hashAt(charge, "billing_details"), ""), Created: time.Unix(num(charge, "created"), 0).UTC(),
		Status: "paid", Subtotal: money(charge, "amount", "currency"), Total: money(charge, "amount", "currency"), Paid: money(charge, "amount_captured", "currency"),
		Refunded: money(charge, "amount_refunded", "currency"), Card: cardLabel(charge), Currency: str(charge, "currency")}
	inv := t.get(str(charge, "invoice"))
	lines := itemsAt(inv, "lines.data")
	switch session := t.get(str(t.get(str(charge, "payment_intent")), "_session")); {
	case inv != nil:
		d.Subtotal = money(inv, "subtotal", "currency")
		invoiceTotals(&d, inv)
	case session != nil:
		lines = itemsAt(session, "_lines")
		within := taxesWithin(session)
		amount := func(n int64) services.Money { return services.Money{Amount: n, Currency: d.Currency} }
		d.Subtotal, d.Discount, d.Shipping = amount(num(session, "amount_subtotal")), amount(num(session, "total_details.amount_discount")), amount(num(session, "total_details.amount_shipping"))
		d.Tax, d.Included = amount(num(session, "total_details.amount_tax")-within), amount(within)
	}
	for _, l := range lines {
		d.Lines = append(d.Lines, t.pageLine(l.(object)))
	}
	return d, nil
}

// invoiceTotals are what stands between an invoice's lines and its total.
func invoiceTotals(d *pages.Document, inv object) {
	amount := func(n int64) services.Money { return services.Money{Amount: n, Currency: d.Currency} }
	var off, on, within int64
	for _, x := range itemsAt(inv, "total_discount_amounts") {
		off += num(x.(object), "amount")
	}
	for _, x := range itemsAt(inv, "total_tax_amounts") {
		if yes(x.(object), "inclusive") {
			within += num(x.(object), "amount")
		} else {
			on += num(x.(object), "amount")
		}
	}
	d.Discount, d.Tax, d.Included, d.Shipping = amount(off), amount(on), amount(within), money(inv, "amount_shipping", "currency")
}

func cardLabel(charge object) string {
	return brandName(str(charge, "payment_method_details.card.brand")) + " ···· " + str(charge, "payment_method_details.card.last4")
}

func receiptNumber(charge string) string {
	tail := strings.ToUpper(charge[len(charge)-8:])
	return tail[:4] + "-" + tail[4:]
}
