package stripegw

import (
	"context"
	"net/http"

	"github.com/stripe/stripe-go/v76"

	"bursar/services"
)

// Account asks whose key this is. The answer has AccountID, AccountName (the
// name in the dashboard, else the business's, else the email) and the key's
// mode; Name is empty.
func (g *Gateway) Account(ctx context.Context) (services.Profile, error) {
	r := request{op: "asking Stripe whose key this is", method: http.MethodGet, path: "/v1/account"}
	var a stripe.Account
	if err := g.call(ctx, r, &a); err != nil {
		return services.Profile{}, err
	}
	if a.ID == "" {
		return services.Profile{}, g.unreadable(r, a.LastResponse)
	}
	p := services.Profile{AccountID: services.Clean(a.ID)}
	p.Mode, _ = services.KeyMode(g.key)
	var names []string
	if a.Settings != nil && a.Settings.Dashboard != nil {
		names = append(names, a.Settings.Dashboard.DisplayName)
	}
	if a.BusinessProfile != nil {
		names = append(names, a.BusinessProfile.Name)
	}
	for _, name := range append(names, a.Email) {
		if p.AccountName == "" {
			p.AccountName = services.Clean(name)
		}
	}
	return p, nil
}
