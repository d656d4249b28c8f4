package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bursar/services"
)

func (s *session) portalCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "portal", Short: "Open a customer's billing portal", Args: cobra.NoArgs, RunE: needsSubcommand}
	var wait, printOnly bool
	open := &cobra.Command{Use: "open CUSTOMER", Short: "Make a portal session and open it in the browser", Args: cobra.ExactArgs(1)}
	open.Flags().BoolVar(&wait, "wait", false, "wait until the person came back from the portal")
	open.Flags().BoolVar(&printOnly, "print", false, "only print the address, open nothing")
	open.RunE = func(cmd *cobra.Command, args []string) error {
		if wait {
			return s.visitPortal(cmd.Context(), args[0], printOnly)
		}
		return s.withDesk(cmd.Context(), func(ctx context.Context, d *services.Desk) error {
			_, err := s.openPortal(ctx, d, args[0], printOnly)
			return err
		})
	}
	cmd.AddCommand(open)
	return cmd
}

func (s *session) openPortal(ctx context.Context, d *services.Desk, customer string, printOnly bool) (services.PortalVisit, error) {
	visit, err := d.Customers.OpenBillingPortal(ctx, customer)
	if err != nil {
		return visit, err
	}
	if err := s.print(visit, func() error { _, err := fmt.Fprintln(s.Stdout, visit.URL); return err }); err != nil || printOnly {
		return visit, err
	}
	if ok, why := d.Links.CanOpen(); !ok {
		s.notice("No browser here (" + why + "): open the address yourself.")
		return visit, nil
	}
	if err := d.Links.Open(ctx, visit.URL); err != nil {
		s.notice(present(err).Message + " Open the address yourself.")
	}
	return visit, nil
}

// visitPortal opens the portal and waits for the return page to be visited.
func (s *session) visitPortal(ctx context.Context, customer string, printOnly bool) error {
	return s.withLiveDesk(ctx, func(ctx context.Context, d *services.Desk) error {
		changes := d.Watch(ctx)
		visit, err := s.openPortal(ctx, d, customer, printOnly)
		if err != nil {
			return err
		}
		s.notice("Waiting for the return from the portal (ctrl+c stops waiting)")
		for c := range changes {
			if c.Kind == services.ChangeReturned && c.Ref == visit.ID {
				s.notice("Back from the portal.")
				return nil
			}
		}
		return &services.Error{Code: services.CodePending, Message: "Nobody came back from the portal yet.", Next: "The portal stays open; look at the customer's log later."}
	})
}
