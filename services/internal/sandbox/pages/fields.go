package pages

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// field is one labelled input of a form.
type field struct {
	ID           string // also its name, when Name is empty
	Name         string
	Label        string
	Of           string // what the label is about, for who cannot see it
	Type         string // text when empty; "select" for Choices
	Value        string
	Choices      []choice
	Autocomplete string
	InputMode    string
	Placeholder  string
	Pattern      string // what the browser lets through; the Backend judges
	Wanted       string // says what Pattern wants
	Min, Max     string // of a number
	MinLength    int    // characters
	MaxLength    int    // characters
	Half         bool   // shares its row with the next
	Required     bool
	ReadOnly     bool
	Hint         string
	Error        string
}

// DescribedBy lists the elements that explain the field.
func (f field) DescribedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	return strings.Join(ids, " ")
}

// choice is one entry of a select.
type choice struct {
	Value, Label string
}

// readCountries reads the embedded list: an ISO 3166-1 alpha-2 code, a space and
// the English name, one a line, in the order to show them.
func readCountries() []choice {
	data, err := files.ReadFile("countries.txt")
	if err != nil {
		panic(err) // embedded: cannot be missing from a build
	}
	var all []choice
	for line := range strings.Lines(string(data)) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		all = append(all, choice{code, name})
	}
	return all
}

// allowed keeps the countries whose code is in codes; all of them for none.
func allowed(countries []choice, codes []string) []choice {
	if len(codes) == 0 {
		return countries
	}
	var kept []choice
	for _, c := range countries {
		for _, code := range codes {
			if strings.EqualFold(c.Value, code) {
				kept = append(kept, c)
				break
			}
		}
	}
	return kept
}

// homeCountry guesses a person's country from the languages their browser asks
// for ("de-CH,de;q=0.9"), which is the best that an offline server knows.
func homeCountry(r *http.Request) string {
	for _, tag := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		for _, part := range strings.Split(tag, "-")[1:] {
			if len(part) == 2 {
				return strings.ToUpper(part)
			}
		}
	}
	return "US"
}

// cardFields are the card as it is typed. Number and CVC are never sent back to
// the browser: they are always empty, and again adds a hint that says so.
func cardFields(c Card, again bool, now time.Time) []field {
	hint := ""
	if again {
		hint = "Card number and CVC are not kept. Please type them again."
	}
	return []field{
		{ID: "cardNumber", Label: "Card number", Autocomplete: "cc-number", InputMode: "numeric", Placeholder: "4242 4242 4242 4242", MaxLength: 40, Required: true, Hint: hint},
		{ID: "cardExpiry", Label: "Expiry", Value: c.Expiry, Autocomplete: "cc-exp", InputMode: "numeric", Placeholder: "MM / YY", MaxLength: 12, Half: true, Required: true,
			Pattern: `\s*(0?[1-9]|1[0-2])\s*[\/\-. ]?\s*([0-9]{2}|[0-9]{4})\s*`, Wanted: "Month and year, such as " + expiryExample(now)},
		{ID: "cardCvc", Label: "CVC", Autocomplete: "cc-csc", InputMode: "numeric", Placeholder: "123", MaxLength: 8, Half: true, Required: true,
			Pattern: `\s*[0-9]{3,4}\s*`, Wanted: "The three or four digits on the card"},
		{ID: "billingName", Label: "Name on card", Value: c.Name, Autocomplete: "cc-name", MaxLength: 500, Required: true},
	}
}

// expiryExample is a date that a test card takes: three years from now.
func expiryExample(now time.Time) string {
	return fmt.Sprintf("%02d / %02d", int(now.Month()), (now.Year()+3)%100)
}

// addressFields are a postal address. kind is "billing" or "shipping"; whole
// asks for all of it instead of country and postal code.
func addressFields(kind string, b Billing, countries []choice, whole, required bool) []field {
	country := field{ID: kind + "Country", Label: "Country or region", Type: "select", Value: b.Country, Choices: countries, Autocomplete: kind + " country", Half: !whole, Required: required}
	postal := field{ID: kind + "PostalCode", Label: "Postal code", Value: b.PostalCode, Autocomplete: kind + " postal-code", MaxLength: 40, Half: true}
	if !whole {
		return []field{country, postal}
	}
	return []field{
		country,
		{ID: kind + "AddressLine1", Label: "Address", Value: b.Line1, Autocomplete: kind + " address-line1", MaxLength: 500, Required: required},
		{ID: kind + "AddressLine2", Label: "Apartment, suite", Value: b.Line2, Autocomplete: kind + " address-line2", MaxLength: 500},
		postal,
		{ID: kind + "Locality", Label: "City", Value: b.City, Autocomplete: kind + " address-level2", MaxLength: 200, Half: true, Required: required},
		{ID: kind + "AdministrativeArea", Label: "State or province", Value: b.State, Autocomplete: kind + " address-level1", MaxLength: 200},
	}
}

// place marks the field that a problem is about. It returns the problem as the
// page's summary shows it: about the whole form when no field here is meant.
func place(p *Problem, forms ...[]field) *Problem {
	if p == nil {
		return nil
	}
	for _, fields := range forms {
		for i := range fields {
			if fields[i].ID == p.Field {
				fields[i].Error = p.Message
				return p
			}
		}
	}
	return &Problem{Message: p.Message}
}

// readAddress reads addressFields, and the name, as submitted.
func readAddress(r *http.Request, kind string) Billing {
	return Billing{
		Name: value(r, kind+"Name"), Line1: value(r, kind+"AddressLine1"), Line2: value(r, kind+"AddressLine2"),
		City: value(r, kind+"Locality"), State: value(r, kind+"AdministrativeArea"),
		PostalCode: value(r, kind+"PostalCode"), Country: value(r, kind+"Country"),
	}
}

func readCard(r *http.Request) Card {
	return Card{Number: value(r, "cardNumber"), Expiry: value(r, "cardExpiry"), CVC: value(r, "cardCvc"), Name: value(r, "billingName")}
}
