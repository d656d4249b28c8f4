package tuitest

import (
	"context"
	"iter"
	"time"

	"bursar/services"
)

// Fakes are the functions behind a fake desk. One that is nil fails its call
// with CodeInternal, so that a test sees which call it did not expect.
type Fakes struct {
	Profile services.Profile

	Update              func(profile string, u services.ConfigurationUpdate) (services.ConfigurationView, error)
	UpdateSigningSecret func(profile, secret string) error
	Exists              func(profile string) (bool, error)
	Show                func(profile string) (services.ConfigurationView, error)
	Profiles            func() ([]services.Profile, error)
	ProductSources      func() ([]services.ProductSource, error)

	GetProducts   func() ([]services.Product, error)
	CheckProducts func([]services.Product) ([]services.Product, error)

	CreateCustomer func(services.NewCustomer) (services.Customer, bool, error)
	GetCustomer    func(id string) (services.Customer, error)
	Search         func(text string, limit int) ([]services.Customer, bool, error)
	Subscriptions  func(customer string) ([]services.Subscription, error)
	OpenPortal     func(customer string) (services.PortalVisit, error)

	CreateCheckout func(services.CheckoutRequest) (services.Session, error)
	CheckSession   func(id string) (services.Receipt, error)
	Expire         func(id string) (services.Receipt, error)
	Unsettled      func() ([]services.Session, error)
	Recent         func(limit int) ([]services.Receipt, error)

	List     func(services.LogQuery) (services.LogPage, error)
	Query    func(context.Context, services.LogQuery) (services.LogPage, error) // instead of List, where its context counts
	Follow   func(ctx context.Context, q services.LogQuery, from string) iter.Seq2[services.Arrival, error]
	Event    func(id string) (services.Event, error)
	Types    func(customer string) ([]services.TypeCount, error)
	Sync     func() (int, error)
	Backfill func(ctx context.Context, since time.Time, progress func(services.SyncProgress)) (services.SyncResult, error)
	Filter   func(text string) (services.LogFilter, error)
	Complete func(text string, at int, types []string) []services.FilterWord // nil completes nothing
	Health   func() (services.LogHealth, error)

	NoBrowser string // why there is no browser; empty: there is one
	Opened    []string
	OpenErr   error
	QRCode    func(url string) (services.QRCode, string, error)

	Changes chan services.Change // what Watch streams; nil: nothing ever
}

// Desk makes a desk of the fakes.
func (f *Fakes) Desk() *services.Desk {
	if f.Profile.Name == "" {
		f.Profile = services.Profile{Name: services.SandboxProfile, Mode: services.ModeTest, Sandbox: true, AccountID: "acct_1Sandbox00000001", AccountName: "Kettle & Crane"}
	}
	return &services.Desk{
		Profile: f.Profile, Configuration: fakeConfiguration{f}, Products: fakeProducts{f}, Customers: fakeCustomers{f},
		Checkout: fakeCheckout{f}, Logs: fakeLogs{f}, Links: fakeLinks{f},
		Watch: func(context.Context) <-chan services.Change { return f.Changes },
		Close: func() error { return nil },
	}
}

func unexpected(call string) error {
	return &services.Error{Code: services.CodeInternal, Message: "the test did not expect " + call}
}

type fakeConfiguration struct{ f *Fakes }

func (c fakeConfiguration) Update(_ context.Context, p string, u services.ConfigurationUpdate) (services.ConfigurationView, error) {
	if c.f.Update == nil {
		return services.ConfigurationView{}, unexpected("Configuration.Update")
	}
	return c.f.Update(p, u)
}

func (c fakeConfiguration) UpdateSigningSecret(_ context.Context, p, s string) error {
	if c.f.UpdateSigningSecret == nil {
		return unexpected("Configuration.UpdateSigningSecret")
	}
	return c.f.UpdateSigningSecret(p, s)
}

func (c fakeConfiguration) Exists(_ context.Context, p string) (bool, error) {
	if c.f.Exists == nil {
		return false, unexpected("Configuration.Exists")
	}
	return c.f.Exists(p)
}

func (c fakeConfiguration) Show(_ context.Context, p string) (services.ConfigurationView, error) {
	if c.f.Show == nil {
		return services.ConfigurationView{}, unexpected("Configuration.Show")
	}
	return c.f.Show(p)
}

func (c fakeConfiguration) Profiles(context.Context) ([]services.Profile, error) {
	if c.f.Profiles == nil {
		return nil, unexpected("Configuration.Profiles")
	}
	return c.f.Profiles()
}

func (c fakeConfiguration) ProductSources(context.Context) ([]services.ProductSource, error) {
	if c.f.ProductSources == nil {
		return nil, unexpected("Configuration.ProductSources")
	}
	return c.f.ProductSources()
}

type fakeProducts struct{ f *Fakes }

func (p fakeProducts) Get(context.Context) ([]services.Product, error) {
	if p.f.GetProducts == nil {
		return nil, unexpected("Products.Get")
	}
	return p.f.GetProducts()
}

func (p fakeProducts) Check(_ context.Context, rows []services.Product) ([]services.Product, error) {
	if p.f.CheckProducts == nil {
		return nil, unexpected("Products.Check")
	}
	return p.f.CheckProducts(rows)
}

type fakeCustomers struct{ f *Fakes }

func (c fakeCustomers) Create(_ context.Context, n services.NewCustomer) (services.Customer, bool, error) {
	if c.f.CreateCustomer == nil {
		return services.Customer{}, false, unexpected("Customers.Create")
	}
	return c.f.CreateCustomer(n)
}

func (c fakeCustomers) Get(_ context.Context, id string) (services.Customer, error) {
	if c.f.GetCustomer == nil {
		return services.Customer{}, unexpected("Customers.Get")
	}
	return c.f.GetCustomer(id)
}

func (c fakeCustomers) Search(_ context.Context, text string, limit int) ([]services.Customer, bool, error) {
	if c.f.Search == nil {
		return nil, false, unexpected("Customers.Search")
	}
	return c.f.Search(text, limit)
}

func (c fakeCustomers) Subscriptions(_ context.Context, id string) ([]services.Subscription, error) {
	if c.f.Subscriptions == nil {
		return nil, unexpected("Customers.Subscriptions")
	}
	return c.f.Subscriptions(id)
}

func (c fakeCustomers) Logs(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
	return c.f.list(ctx, q, "Customers.Logs")
}

func (c fakeCustomers) OpenBillingPortal(_ context.Context, id string) (services.PortalVisit, error) {
	if c.f.OpenPortal == nil {
		return services.PortalVisit{}, unexpected("Customers.OpenBillingPortal")
	}
	return c.f.OpenPortal(id)
}

type fakeCheckout struct{ f *Fakes }

func (c fakeCheckout) Create(_ context.Context, r services.CheckoutRequest) (services.Session, error) {
	if c.f.CreateCheckout == nil {
		return services.Session{}, unexpected("Checkout.Create")
	}
	return c.f.CreateCheckout(r)
}

func (c fakeCheckout) Check(_ context.Context, id string) (services.Receipt, error) {
	if c.f.CheckSession == nil {
		return services.Receipt{}, unexpected("Checkout.Check")
	}
	return c.f.CheckSession(id)
}

func (c fakeCheckout) Await(ctx context.Context, id string, _ func(services.Receipt)) (services.Receipt, error) {
	return c.Check(ctx, id)
}

func (c fakeCheckout) Expire(_ context.Context, id string) (services.Receipt, error) {
	if c.f.Expire == nil {
		return services.Receipt{}, unexpected("Checkout.Expire")
	}
	return c.f.Expire(id)
}

func (c fakeCheckout) Unsettled(context.Context) ([]services.Session, error) {
	if c.f.Unsettled == nil {
		return nil, unexpected("Checkout.Unsettled")
	}
	return c.f.Unsettled()
}

func (c fakeCheckout) Recent(_ context.Context, limit int) ([]services.Receipt, error) {
	if c.f.Recent == nil {
		return nil, unexpected("Checkout.Recent")
	}
	return c.f.Recent(limit)
}

type fakeLogs struct{ f *Fakes }

func (l fakeLogs) List(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
	return l.f.list(ctx, q, "Logs.List")
}

func (f *Fakes) list(ctx context.Context, q services.LogQuery, call string) (services.LogPage, error) {
	switch {
	case f.Query != nil:
		return f.Query(ctx, q)
	case f.List != nil:
		return f.List(q)
	}
	return services.LogPage{}, unexpected(call)
}

func (l fakeLogs) Event(_ context.Context, id string) (services.Event, error) {
	if l.f.Event == nil {
		return services.Event{}, unexpected("Logs.Event")
	}
	return l.f.Event(id)
}

func (l fakeLogs) Types(_ context.Context, customer string) ([]services.TypeCount, error) {
	if l.f.Types == nil {
		return nil, unexpected("Logs.Types")
	}
	return l.f.Types(customer)
}

func (l fakeLogs) Sync(context.Context) (int, error) {
	if l.f.Sync == nil {
		return 0, unexpected("Logs.Sync")
	}
	return l.f.Sync()
}

func (l fakeLogs) Filter(text string) (services.LogFilter, error) {
	if l.f.Filter == nil {
		return services.LogFilter{}, unexpected("Logs.Filter")
	}
	return l.f.Filter(text)
}

func (l fakeLogs) Complete(text string, at int, types []string) []services.FilterWord {
	if l.f.Complete == nil {
		return nil
	}
	return l.f.Complete(text, at, types)
}

func (l fakeLogs) Follow(ctx context.Context, q services.LogQuery, from string) iter.Seq2[services.Arrival, error] {
	if l.f.Follow != nil {
		return l.f.Follow(ctx, q, from)
	}
	return func(yield func(services.Arrival, error) bool) {
		yield(services.Arrival{}, unexpected("Logs.Follow"))
	}
}

func (l fakeLogs) Backfill(ctx context.Context, since time.Time, progress func(services.SyncProgress)) (services.SyncResult, error) {
	if l.f.Backfill == nil {
		return services.SyncResult{}, unexpected("Logs.Backfill")
	}
	return l.f.Backfill(ctx, since, progress)
}

func (l fakeLogs) Health(context.Context) (services.LogHealth, error) {
	if l.f.Health == nil {
		return services.LogHealth{Events: 1, Newest: now, Oldest: now, LastSync: now}, nil
	}
	return l.f.Health()
}

type fakeLinks struct{ f *Fakes }

func (l fakeLinks) CanOpen() (bool, string) { return l.f.NoBrowser == "", l.f.NoBrowser }

func (l fakeLinks) Open(_ context.Context, url string) error {
	l.f.Opened = append(l.f.Opened, url)
	return l.f.OpenErr
}

func (l fakeLinks) QR(url string) (services.QRCode, string, error) {
	if l.f.QRCode == nil {
		return services.QRCode{}, "", unexpected("Links.QR")
	}
	return l.f.QRCode(url)
}
