package stripegw

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

const (
	opSearch = "searching customers"

	// filterPages bounds how many of the newest customers are read and filtered
	// here, in pages of a hundred.
	filterPages = 5
)

// SearchCustomers finds customers by a whole id, a whole email, or part of a
// name or an email; an empty text lists the newest. limit is 1 to 100.
//
// Stripe's search takes three characters or more, may lag a minute behind, and
// does not exist for every account: where it cannot answer, or finds nothing,
// the newest customers are filtered here.
func (g *Gateway) SearchCustomers(ctx context.Context, text string, limit int) ([]services.Customer, bool, error) {
	switch {
	case text == "":
		return g.customerPage(ctx, "listing customers", listParams(limit, ""))
	case isCustomerID(text):
		c, err := g.Customer(ctx, text)
		if services.CodeOf(err) == services.CodeNotFound {
			return nil, false, nil
		}
		return []services.Customer{c}, false, err
	}
	found := merged{limit: limit}
	if services.CheckEmail(text) == nil {
		for _, email := range []string{text, strings.ToLower(text)} {
			exact, err := g.CustomersByEmail(ctx, email)
			if err != nil {
				return nil, false, err
			}
			found.add(exact)
		}
	}
	if utf8.RuneCountInString(text) >= 3 {
		hits, more, err := g.searchCustomers(ctx, text, limit)
		switch services.CodeOf(err) {
		case "":
			found.add(hits)
			found.more = found.more || more
		case services.CodeRefused, services.CodeForbidden, services.CodeNotFound:
		default:
			return nil, false, err
		}
	}
	if len(found.list) == 0 {
		if err := g.filterNewest(ctx, text, &found); err != nil {
			return nil, false, err
		}
	}
	return found.list, found.more, nil
}

// searchCustomers asks Stripe's search.
func (g *Gateway) searchCustomers(ctx context.Context, text string, limit int) ([]services.Customer, bool, error) {
	r := request{op: opSearch, method: http.MethodGet, path: "/v1/customers/search", params: []services.Option{
		{Name: "query", Value: searchQuery(text)}, {Name: "limit", Value: strconv.Itoa(limit)}}}
	var page stripe.CustomerSearchResult
	if err := g.call(ctx, r, &page); err != nil {
		return nil, false, err
	}
	if page.Data == nil {
		return nil, false, g.unreadable(r, page.LastResponse)
	}
	return customersOf(page.Data), page.HasMore, nil
}

// searchQuery writes a text into Stripe's search grammar as one string literal
// (spec/stripe-sandbox, section 2.8).
func searchQuery(text string) string {
	literal := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(services.Clean(text)) + `"`
	return "name~" + literal + " OR email~" + literal
}

// filterNewest adds those of the newest customers whose name or email contains
// the text.
func (g *Gateway) filterNewest(ctx context.Context, text string, found *merged) error {
	text = strings.ToLower(text)
	after := ""
	for range filterPages {
		page, more, err := g.customerPage(ctx, opSearch, listParams(pageSize, after))
		if err != nil {
			return err
		}
		var hits []services.Customer
		for _, c := range page {
			if strings.Contains(strings.ToLower(c.Name), text) || strings.Contains(strings.ToLower(c.Email), text) {
				hits = append(hits, c)
			}
			after = c.ID
		}
		found.add(hits)
		if !more || len(page) == 0 {
			return nil
		}
		if len(found.list) == found.limit {
			break
		}
	}
	found.more = true
	return nil
}

// merged collects customers, each once, up to a limit.
type merged struct {
	list  []services.Customer
	limit int
	more  bool
}

func (m *merged) add(customers []services.Customer) {
next:
	for _, c := range customers {
		for _, have := range m.list {
			if have.ID == c.ID {
				continue next
			}
		}
		if len(m.list) == m.limit {
			m.more = true
			return
		}
		m.list = append(m.list, c)
	}
}

func isCustomerID(text string) bool {
	rest, ok := strings.CutPrefix(text, "cus_")
	return ok && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}
