package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"bursar/config"
	"bursar/services"
)

func (s *session) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Set profiles up and show what is set", Args: cobra.NoArgs, RunE: needsSubcommand}
	cmd.AddCommand(s.configSet(), s.configShow(), s.configExists(), s.configSigningSecret(), s.configList(), s.configUse(), s.configRemove())
	return cmd
}

// needsSubcommand refuses a group without one of its commands.
func needsSubcommand(cmd *cobra.Command, _ []string) error {
	return usageError{fmt.Errorf("%s needs a command; see %s --help", cmd.CommandPath(), cmd.CommandPath())}
}

// defaultProfile is the profile that is set up when none is named.
const defaultProfile = "default"

// configured gives a configuration command its service and the profile meant.
func (s *session) configured(ctx context.Context, use func(context.Context, services.Configuration, string) error) error {
	desks, cfg, err := s.desks()
	if err != nil {
		return err
	}
	ctx, cancel := s.limit(ctx, 0)
	defer cancel()
	name := cfg.Profile.V
	if name == "" {
		name = defaultProfile
	}
	return use(ctx, desks.Configuration(), name)
}

func (s *session) configSet() *cobra.Command {
	var publishable, base string
	var source int
	var fromStdin, keepKey, skip bool
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Set a profile up, or change what is given",
		Long: "Sets a profile up, or changes what is given and leaves the rest.\n\n" +
			"The secret key is asked for without echo, or read from stdin with\n" +
			"--secret-key-stdin; it is checked with Stripe before anything is saved.\n" +
			"Prints the webhook URL.",
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&publishable, "publishable-key", "", "the publishable key, pk_…")
	flags.BoolVar(&fromStdin, "secret-key-stdin", false, "read the secret key from stdin")
	flags.BoolVar(&keepKey, "keep-secret-key", false, "do not ask for the secret key")
	flags.IntVar(&source, "product-source", 0, "the number of the product source")
	flags.StringVar(&base, "webhook-base", "", "where Stripe reaches bursar, such as https://pay.example.com")
	flags.BoolVar(&skip, "skip-verify", false, "save although Stripe cannot be asked about the key")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.configured(cmd.Context(), func(ctx context.Context, c services.Configuration, profile string) error {
			u := services.ConfigurationUpdate{SkipVerify: skip}
			if cmd.Flags().Changed("publishable-key") {
				u.PublishableKey = &publishable
			}
			if cmd.Flags().Changed("product-source") {
				u.ProductSource = &source
			}
			if cmd.Flags().Changed("webhook-base") {
				u.WebhookBase = &base
			}
			changesOther := u.PublishableKey != nil || u.ProductSource != nil || u.WebhookBase != nil
			if fromStdin || (s.stdinTerminal() && !keepKey && !changesOther) || (s.stdinTerminal() && !keepKey && u.PublishableKey != nil) {
				key, err := s.readSecret("Secret key")
				if err != nil {
					return err
				}
				if key != "" {
					u.SecretKey = &key
				}
			}
			if u.SecretKey == nil && !changesOther {
				return usageError{errors.New("nothing to change was given; see bursar config set --help")}
			}
			view, err := c.Update(ctx, profile, u)
			if err != nil {
				return err
			}
			return s.print(view, func() error { return s.showConfiguration(view) })
		})
	}
	return cmd
}

func (s *session) configShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show what is set, secrets masked, and where each value came from", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.configured(cmd.Context(), func(ctx context.Context, c services.Configuration, profile string) error {
				view, err := c.Show(ctx, profile)
				if err != nil {
					return err
				}
				return s.print(view, func() error { return s.showConfiguration(view) })
			})
		},
	}
}

func (s *session) showConfiguration(v services.ConfigurationView) error {
	verified := ""
	if v.VerifiedAt != nil {
		verified = v.VerifiedAt.Format("2006-01-02 15:04")
	}
	if v.VerifyProblem != "" {
		verified = "no: " + v.VerifyProblem
	}
	source := "none"
	if v.ProductSource.Number > 0 {
		source = strconv.Itoa(v.ProductSource.Number) + " " + v.ProductSource.Name + " (" + rowsWords(v.ProductSource.Rows) + ")"
	}
	account := v.Profile.AccountName
	if v.Profile.AccountID != "" {
		account += " (" + v.Profile.AccountID + ")"
	}
	return s.facts([][2]string{
		{"profile", v.Profile.Name},
		{"mode", string(v.Profile.Mode)},
		{"account", account},
		{"publishable key", setting(v.PublishableKey)},
		{"secret key", setting(v.SecretKey)},
		{"signing secret", setting(v.SigningSecret)},
		{"checked with Stripe", verified},
		{"product source", source},
		{"webhook URL", v.WebhookURL},
		{"webhook reach", reach(v)},
		{"secrets kept in", storage(v)},
	})
}

// storage says where secrets are kept; the sandbox has none to keep.
func storage(v services.ConfigurationView) string {
	if v.Profile.Sandbox {
		return ""
	}
	return v.Storage
}

func setting(v services.Setting) string {
	if !v.Set {
		return "not set"
	}
	if v.From == "" {
		return v.Masked
	}
	return v.Masked + " (" + v.From + ")"
}

func reach(v services.ConfigurationView) string {
	switch {
	case v.WebhookURL == "":
		return ""
	case v.WebhookReach == services.ReachLoopback:
		return "this machine only: Stripe cannot reach it, events are read from its list instead"
	}
	return string(v.WebhookReach)
}

func (s *session) configExists() *cobra.Command {
	return &cobra.Command{
		Use: "exists", Short: "Answer by exit code whether the profile has its keys (0 yes, 3 no)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.configured(cmd.Context(), func(ctx context.Context, c services.Configuration, profile string) error {
				yes, err := c.Exists(ctx, profile)
				if err != nil {
					return err
				}
				if err := s.print(yes, func() error { _, err := fmt.Fprintln(s.Stdout, yes); return err }); err != nil || yes {
					return err
				}
				return silent{&services.Error{Code: services.CodeNotConfigured}}
			})
		},
	}
}

func (s *session) configSigningSecret() *cobra.Command {
	return &cobra.Command{
		Use: "signing-secret", Short: "Store the webhook's signing secret, asked for or from stdin", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.configured(cmd.Context(), func(ctx context.Context, c services.Configuration, profile string) error {
				secret, err := s.readSecret("Signing secret")
				if err != nil {
					return err
				}
				if err := c.UpdateSigningSecret(ctx, profile, secret); err != nil {
					return err
				}
				return s.print(map[string]bool{"saved": true}, func() error { _, err := fmt.Fprintln(s.Stdout, "Saved."); return err })
			})
		},
	}
}

func (s *session) configList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the profiles", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.configured(cmd.Context(), func(ctx context.Context, c services.Configuration, current string) error {
				profiles, err := c.Profiles(ctx)
				if err != nil {
					return err
				}
				return s.print(profiles, func() error {
					rows := make([][]string, 0, len(profiles))
					for _, p := range profiles {
						mark := ""
						if p.Name == current {
							mark = "current"
						}
						rows = append(rows, []string{p.Name, string(p.Mode), p.AccountID, mark, p.AccountName})
					}
					return s.table([]string{"PROFILE", "MODE", "ACCOUNT", "", "NAME"}, rows)
				})
			})
		},
	}
}

func (s *session) configUse() *cobra.Command {
	return &cobra.Command{
		Use: "use PROFILE", Short: "Make a profile the current one", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, _, err := s.settings()
			if err != nil {
				return err
			}
			return configError(store.UseProfile(cmd.Context(), args[0]))
		},
	}
}

func (s *session) configRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove PROFILE", Short: "Forget a profile and its secrets; its archive stays", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			store, secrets, err := s.settings()
			if err != nil {
				return err
			}
			if err := store.RemoveProfile(cmd.Context(), args[0]); err != nil {
				return configError(err)
			}
			return configError(secrets.Remove(cmd.Context(), args[0]))
		},
	}
}

// settings opens the settings file and the secrets, for commands that change
// profiles as a whole.
func (s *session) settings() (*config.Store, *config.Secrets, error) {
	paths, err := config.ResolvePaths(s.getenv, s.Home)
	if err != nil {
		return nil, nil, configError(err)
	}
	secrets := config.OpenSecrets(config.SecretOptions{Paths: paths, Getenv: s.getenv, Passphrase: s.askPassphrase})
	return config.NewStore(paths), secrets, nil
}
