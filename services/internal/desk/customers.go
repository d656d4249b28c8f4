package desk

import (
	"context"
	"strings"

	"bursar/services"
)

// Customers implements services.Customers.
type Customers struct {
	people  People
	logs    *Logs
	returns Returns
}

var _ services.Customers = (*Customers)(nil)

// NewCustomers returns the customers of the account that people speaks to.
func NewCustomers(people People, logs *Logs, returns Returns) *Customers {
	return &Customers{people: people, logs: logs, returns: returns}
}

// Create returns the customer with this email, made when none exists. Of
// several it is the oldest, so that every process answers with the same one.
// Two processes that create the same email in the same moment may both make a
// customer, because Stripe allows several to share an email; from then on both
// get the older one.
func (c *Customers) Create(ctx context.Context, n services.NewCustomer) (services.Customer, bool, error) {
	n.Email, n.Name = strings.TrimSpace(n.Email), strings.TrimSpace(n.Name)
	if bad := services.CheckEmail(n.Email); bad != nil {
		bad.Op = "creating the customer"
		return services.Customer{}, false, bad
	}
	for _, email := range unique([]string{n.Email, strings.ToLower(n.Email)}) {
		found, err := c.people.CustomersByEmail(ctx, email)
		if err != nil {
			return services.Customer{}, false, err
		}
		if oldest, ok := oldestOf(found); ok {
			return oldest, false, nil
		}
	}
	made, err := c.people.CreateCustomer(ctx, n, mintKey())
	if ambiguous(err) {
		e := *services.AsError(err)
		e.Next = "Create it again: if Stripe made it, it is found by its email."
		return services.Customer{}, false, &e
	}
	return made, err == nil, err
}

// oldestOf returns the oldest customer that is not deleted; of two made in the
// same second, the one with the smaller id.
func oldestOf(found []services.Customer) (services.Customer, bool) {
	var oldest services.Customer
	ok := false
	for _, c := range found {
		switch {
		case c.Deleted:
		case !ok, c.Created.Before(oldest.Created), c.Created.Equal(oldest.Created) && c.ID < oldest.ID:
			oldest, ok = c, true
		}
	}
	return oldest, ok
}

// Get returns one customer.
func (c *Customers) Get(ctx context.Context, id string) (services.Customer, error) {
	if id = strings.TrimSpace(id); id == "" {
		return services.Customer{}, noCustomer("looking the customer up")
	}
	return c.people.Customer(ctx, id)
}

// The limits of a search, in customers.
const (
	searchDefault = 20
	searchMax     = 100
)

// Search finds customers by part of a name or an email, or by a whole id.
func (c *Customers) Search(ctx context.Context, text string, limit int) ([]services.Customer, bool, error) {
	switch {
	case limit < 0:
		return nil, false, services.Invalid("limit", "The limit is negative.", "Use a number from 1 to 100.")
	case limit == 0:
		limit = searchDefault
	}
	return c.people.SearchCustomers(ctx, strings.TrimSpace(text), min(limit, searchMax))
}

// Subscriptions lists a customer's subscriptions, newest first.
func (c *Customers) Subscriptions(ctx context.Context, customer string) ([]services.Subscription, error) {
	if customer == "" {
		return nil, noCustomer("listing the subscriptions")
	}
	return c.people.Subscriptions(ctx, customer)
}

// Logs returns a customer's archived events, newest first.
func (c *Customers) Logs(ctx context.Context, q services.LogQuery) (services.LogPage, error) {
	if q.Customer == "" {
		return services.LogPage{}, noCustomer("reading the customer's log")
	}
	return c.logs.List(ctx, q)
}

// OpenBillingPortal makes a portal session that returns to this machine.
func (c *Customers) OpenBillingPortal(ctx context.Context, customer string) (services.PortalVisit, error) {
	if customer == "" {
		return services.PortalVisit{}, noCustomer("opening the billing portal")
	}
	attempt := mintKey()
	back, err := c.returns.Portal(attempt)
	if err != nil {
		return services.PortalVisit{}, err
	}
	visit, err := c.people.CreatePortalSession(ctx, customer, back, attempt)
	if err != nil {
		return services.PortalVisit{}, err
	}
	c.returns.Bind(attempt, visit.ID)
	return visit, nil
}

func noCustomer(op string) error {
	e := services.Invalid("customer", "No customer is given.", "Give a customer id, such as cus_….")
	e.Op = op
	return e
}
