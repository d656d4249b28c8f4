package stripegw

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// at is a time from Stripe's whole seconds; zero stays zero.
func at(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func money(amount int64, currency stripe.Currency) services.Money {
	return services.Money{Amount: amount, Currency: strings.ToLower(services.Clean(string(currency)))}
}

func customerOf(c *stripe.Customer) services.Customer {
	out := services.Customer{
		ID: services.Clean(c.ID), Name: services.Clean(c.Name), Email: services.Clean(c.Email), Phone: services.Clean(c.Phone),
		Description: services.Clean(c.Description), Created: at(c.Created), Delinquent: c.Delinquent, Deleted: c.Deleted,
	}
	if c.Address != nil {
		out.Country = services.Clean(c.Address.Country)
	}
	if c.Balance != 0 {
		balance := money(c.Balance, c.Currency)
		out.Balance = &balance
	}
	if c.InvoiceSettings != nil && c.InvoiceSettings.DefaultPaymentMethod != nil {
		out.Card = methodLabel(c.InvoiceSettings.DefaultPaymentMethod)
	}
	if len(c.Metadata) > 0 {
		out.Metadata = make(map[string]string, len(c.Metadata))
		for k, v := range c.Metadata {
			out.Metadata[services.Clean(k)] = services.Clean(v)
		}
	}
	return out
}

// methodLabel names a payment method: "Visa ···· 4242", or its type. One that
// was not expanded has no label.
func methodLabel(m *stripe.PaymentMethod) string {
	if m.Card != nil {
		return cardLabel(string(m.Card.Brand), m.Card.Last4)
	}
	return brandName(string(m.Type))
}

func cardLabel(brand, last4 string) string {
	return brandName(brand) + " ···· " + services.Clean(last4)
}

// brandName writes one of Stripe's words the way people know it.
func brandName(word string) string {
	switch word {
	case "amex":
		return "American Express"
	case "mastercard":
		return "Mastercard"
	case "unionpay":
		return "UnionPay"
	case "jcb":
		return "JCB"
	case "sepa_debit":
		return "SEPA debit"
	case "us_bank_account":
		return "US bank account"
	}
	word = strings.ReplaceAll(services.Clean(word), "_", " ")
	first, size := utf8.DecodeRuneInString(word)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + word[size:]
}

func priceOf(p *stripe.Price) services.Price {
	out := services.Price{ID: services.Clean(p.ID), Unit: money(p.UnitAmount, p.Currency), Active: p.Active}
	if p.Product != nil {
		out.Product, out.ProductName = services.Clean(p.Product.ID), services.Clean(p.Product.Name)
	}
	if p.Recurring != nil {
		out.Recurring = &services.Recurrence{Interval: services.Clean(string(p.Recurring.Interval)), Count: max(p.Recurring.IntervalCount, 1)}
	}
	return out
}

// subscriptionOf names a subscription's items by names (price id to product
// name), else by the price's nickname or id.
func subscriptionOf(s *stripe.Subscription, names map[string]string) services.Subscription {
	out := services.Subscription{
		ID: services.Clean(s.ID), Status: services.Clean(string(s.Status)), CurrentPeriodEnd: at(s.CurrentPeriodEnd),
		CancelAtPeriodEnd: s.CancelAtPeriodEnd, Created: at(s.Created),
	}
	if s.Items == nil {
		return out
	}
	for _, item := range s.Items.Data {
		if item == nil || item.Price == nil {
			continue
		}
		p := priceOf(item.Price)
		name := cmp.Or(names[item.Price.ID], services.Clean(item.Price.Nickname), p.ID)
		out.Items = append(out.Items, fmt.Sprintf("%d × %s, %s", item.Quantity, name, p.Label()))
	}
	return out
}
