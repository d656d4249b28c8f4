package cli

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"bursar/services"
)

// payOnPage does what a buyer's browser does on a hosted checkout page: it loads
// the page, fills its form in, submits it and follows the redirects. It only
// ever sends a card to the sandbox on this machine.
func payOnPage(ctx context.Context, address, card string) error {
	page, err := url.Parse(address)
	if err != nil || (page.Hostname() != "127.0.0.1" && page.Hostname() != "::1" && page.Hostname() != "localhost") {
		return &services.Error{Code: services.CodeInternal, Op: "paying", Message: "The demo pays only on the sandbox's own page."}
	}
	body, status, err := fetch(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	form, err := readForm(strings.NewReader(body))
	if err != nil || status != http.StatusOK {
		return &services.Error{Code: services.CodeUnavailable, Op: "paying", Message: fmt.Sprintf("The checkout page could not be read (HTTP %d).", status), Err: err}
	}
	for name, value := range map[string]string{
		"cardNumber": card, "cardExpiry": "12 / 34", "cardCvc": "123",
		"billingName": "Ada Example", "billingCountry": "DE", "billingPostalCode": "10115",
	} {
		if _, asked := form.values[name]; asked {
			form.values.Set(name, value)
		}
	}
	action, err := page.Parse(form.action)
	if err != nil {
		return fmt.Errorf("reading the form's address: %w", err)
	}
	_, status, err = fetch(ctx, http.MethodPost, action, form.values)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return &services.Error{Code: services.CodeDeclined, Op: "paying", Message: fmt.Sprintf("The checkout page did not take the payment (HTTP %d).", status)}
	}
	return nil
}

func fetch(ctx context.Context, method string, u *url.URL, form url.Values) (body string, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", u.Scheme+"://"+u.Host)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0, fmt.Errorf("loading the checkout page: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return string(text), res.StatusCode, err
}

// htmlForm is the form that pays: its address and what it holds already.
type htmlForm struct {
	action string
	values url.Values
}

// readForm finds the form with the card's number in a page.
func readForm(page io.Reader) (htmlForm, error) {
	d := xml.NewDecoder(page)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var form htmlForm
	for {
		token, err := d.Token()
		if err != nil {
			return form, fmt.Errorf("the page has no form for a card: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			form.start(t)
		case xml.EndElement:
			if t.Name.Local == "form" && form.values.Has("cardNumber") {
				return form, nil
			}
		}
	}
}

func (f *htmlForm) start(e xml.StartElement) {
	attr := func(name string) string {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	switch e.Name.Local {
	case "form":
		f.action, f.values = attr("action"), url.Values{}
	case "input":
		if f.values != nil && attr("name") != "" && attr("type") != "checkbox" && attr("type") != "radio" {
			f.values.Set(attr("name"), attr("value"))
		}
	case "select":
		if f.values != nil && attr("name") != "" {
			f.values.Set(attr("name"), "")
		}
	}
}
