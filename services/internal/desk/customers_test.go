package desk

import (
	"context"
	"errors"
	"strings"
	"testing"

	"bursar/services"
)

// fakePeople knows customers and makes further ones.
type fakePeople struct {
	People
	known   []services.Customer
	asked   []string
	made    []services.NewCustomer
	makeErr error
	limit   int
}

func (f *fakePeople) CustomersByEmail(_ context.Context, email string) ([]services.Customer, error) {
	f.asked = append(f.asked, email)
	var found []services.Customer
	for _, c := range f.known {
		if c.Email == email {
			found = append(found, c)
		}
	}
	return found, nil
}

func (f *fakePeople) CreateCustomer(_ context.Context, n services.NewCustomer, key string) (services.Customer, error) {
	if key == "" {
		return services.Customer{}, errors.New("no idempotency key")
	}
	f.made = append(f.made, n)
	return services.Customer{ID: "cus_new", Email: n.Email, Name: n.Name}, f.makeErr
}

func (f *fakePeople) Customer(_ context.Context, id string) (services.Customer, error) {
	return services.Customer{ID: id}, nil
}

func (f *fakePeople) SearchCustomers(_ context.Context, text string, limit int) ([]services.Customer, bool, error) {
	f.asked, f.limit = append(f.asked, text), limit
	return nil, false, nil
}

func (f *fakePeople) CreatePortalSession(_ context.Context, customer, back, key string) (services.PortalVisit, error) {
	if !strings.HasSuffix(back, "?s="+key) {
		return services.PortalVisit{}, errors.New("the address is another attempt's")
	}
	return services.PortalVisit{ID: "bps_1", Customer: customer, URL: "https://billing.example/x"}, nil
}

func TestCreateCustomerIsIdempotentByEmail(t *testing.T) {
	known := []services.Customer{
		{ID: "cus_b", Email: "jane@example.com", Created: at(5)},
		{ID: "cus_z", Email: "jane@example.com", Created: at(3)},
		{ID: "cus_a", Email: "jane@example.com", Created: at(3)},
		{ID: "cus_0", Email: "jane@example.com", Created: at(1), Deleted: true},
		{ID: "cus_M", Email: "Mixed@Example.com", Created: at(1)},
	}
	cases := []struct {
		email, id string
		created   bool
	}{
		{"jane@example.com", "cus_a", false},
		{"  JANE@Example.com ", "cus_a", false},
		{"Mixed@Example.com", "cus_M", false},
		{"new@example.com", "cus_new", true},
	}
	for _, c := range cases {
		people := &fakePeople{known: known}
		got, created, err := NewCustomers(people, nil, nil).Create(t.Context(), services.NewCustomer{Email: c.email, Name: " Jane "})
		if err != nil || got.ID != c.id || created != c.created {
			t.Errorf("%q: %+v %v %v", c.email, got, created, err)
		}
		if c.created && (people.made[0].Email != c.email || people.made[0].Name != "Jane") {
			t.Errorf("made %+v", people.made)
		}
	}
}

func TestCreateCustomerErrors(t *testing.T) {
	people := &fakePeople{}
	for _, email := range []string{"", "jane", "a@b@c", "a b@c", "a@\u202eb"} {
		if _, _, err := NewCustomers(people, nil, nil).Create(t.Context(), services.NewCustomer{Email: email}); services.CodeOf(err) != services.CodeInvalid || services.AsError(err).Field != "email" {
			t.Errorf("%q: %v", email, err)
		}
	}
	if len(people.asked) != 0 {
		t.Error("Stripe was asked")
	}
	people.makeErr = unavailable(lost{})
	_, created, err := NewCustomers(people, nil, nil).Create(t.Context(), services.NewCustomer{Email: "a@b.c"})
	if created || services.CodeOf(err) != services.CodeUnavailable || !strings.Contains(services.AsError(err).Next, "found by its email") {
		t.Errorf("lost answer: %v %#v", created, err)
	}
}

func TestCustomersSearchAndPortal(t *testing.T) {
	people, returns := &fakePeople{}, &fakeReturns{}
	c := NewCustomers(people, NewLogs(&fakeStore{}, nil), returns)
	for in, want := range map[int]int{0: 20, 7: 7, 500: 100} {
		if _, _, err := c.Search(t.Context(), " ann ", in); err != nil || people.limit != want || people.asked[len(people.asked)-1] != "ann" {
			t.Errorf("limit %d became %d, %v", in, people.limit, err)
		}
	}
	if _, _, err := c.Search(t.Context(), "ann", -1); services.CodeOf(err) != services.CodeInvalid {
		t.Error(err)
	}
	visit, err := c.OpenBillingPortal(t.Context(), "cus_1")
	if err != nil || visit.ID != "bps_1" {
		t.Fatal(visit, err)
	}
	if len(returns.bound) != 1 {
		t.Error("the visit is not bound")
	}
	for _, ref := range returns.bound {
		if ref != "bps_1" {
			t.Errorf("bound to %q", ref)
		}
	}
	if _, err := c.OpenBillingPortal(t.Context(), ""); services.CodeOf(err) != services.CodeInvalid {
		t.Error(err)
	}
	if _, err := c.Logs(t.Context(), services.LogQuery{}); services.CodeOf(err) != services.CodeInvalid {
		t.Error("the log of no customer:", err)
	}
	if _, err := c.Get(t.Context(), " "); services.CodeOf(err) != services.CodeInvalid {
		t.Error(err)
	}
}

// fakeCatalog has one source.
type fakeCatalog struct{ rows []services.Product }

func (f fakeCatalog) Sources(context.Context) ([]services.ProductSource, error) {
	return []services.ProductSource{{Number: 7, Name: "Shop", Rows: len(f.rows)}}, nil
}
func (f fakeCatalog) Rows(context.Context, int) ([]services.Product, error) { return f.rows, nil }

func TestProducts(t *testing.T) {
	rows := []services.Product{
		{Row: 1, Name: "Mug", Price: "12.00", PriceID: "mug"}, {Row: 2, Name: "Tea", Price: "2401", PriceID: "yen"},
		{Row: 3, Name: "Lamp", Price: "12.500", PriceID: "dinar"}, {Row: 4, Name: "Gone", PriceID: "gone"},
		{Row: 5, Name: "Old", PriceID: "old"}, {Row: 6, Name: "None"}, {Row: 7, Name: "Mug again", PriceID: "mug"},
	}
	number := 7
	p := NewProducts(shopPrices(), fakeCatalog{rows}, func(context.Context) (int, error) { return number, nil })
	got, err := p.Get(t.Context())
	if err != nil || len(got) != len(rows) {
		t.Fatal(got, err)
	}
	checked, err := p.Check(t.Context(), got)
	if err != nil {
		t.Fatal(err)
	}
	want := []services.ProductState{services.ProductOK, services.ProductDiffers, services.ProductOK, services.ProductMissing, services.ProductArchived, services.ProductMissing, services.ProductOK}
	for i, state := range want {
		if checked[i].State != state || checked[i].Row != i+1 {
			t.Errorf("row %d: %+v", i+1, checked[i])
		}
	}
	if got[0].Offer != nil || got[0].State != "" {
		t.Error("the given rows were changed")
	}
	number = 0
	if _, err := p.Get(t.Context()); services.CodeOf(err) != services.CodeNotConfigured {
		t.Error(err)
	}
}
