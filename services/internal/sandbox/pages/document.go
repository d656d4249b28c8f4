package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// documentPage is an invoice or a receipt, on the screen and on paper.
type documentPage struct {
	frame
	Document
	Address string
	Totals  []total
}

func (s *server) invoice(w http.ResponseWriter, r *http.Request) {
	d, err := s.backend.Invoice(r.Context(), r.PathValue("invoice"))
	s.showDocument(w, r, d, err)
}

func (s *server) receipt(w http.ResponseWriter, r *http.Request) {
	d, err := s.backend.Receipt(r.Context(), r.PathValue("charge"))
	s.showDocument(w, r, d, err)
}

func (s *server) showDocument(w http.ResponseWriter, r *http.Request, d Document, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d.Merchant = excerpt(d.Merchant, nameLength)
	v := documentPage{frame: s.frame(d.Kind + " " + d.Number + " · " + d.Merchant), Document: d, Address: s.postal(d.Customer)}
	discount := d.Discount
	if discount.Amount > 0 {
		discount.Amount = -discount.Amount
	}
	refunded := d.Refunded
	refunded.Amount = -refunded.Amount
	for _, row := range []total{{"Subtotal", d.Subtotal, false}, {"Discount", discount, false}, {"Shipping", d.Shipping, false}, {"Tax", d.Tax, false}, {"Total", d.Total, true}, {"Includes tax", d.Included, false}, {"Paid", d.Paid, false}, {"Refunded", refunded, false}} {
		if row.Amount.Amount != 0 || row.Strong {
			v.Totals = append(v.Totals, row)
		}
	}
	s.render(w, r, http.StatusOK, v.draw())
}

// postal writes an address as its lines, without the empty ones and with the
// country by name.
func (s *server) postal(b Billing) string {
	country := b.Country
	if i := slices.IndexFunc(s.countries, func(c choice) bool { return strings.EqualFold(c.Value, country) }); i >= 0 {
		country = s.countries[i].Label
	}
	var lines []string
	for _, l := range []string{b.Line1, b.Line2, strings.TrimSpace(b.PostalCode + " " + b.City), b.State, country} {
		if strings.TrimSpace(l) != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

// plural counts in words: "1 day", "14 days".
func plural(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.FormatInt(n, 10) + " " + unit + "s"
}
