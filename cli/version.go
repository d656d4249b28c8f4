package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionName is the version of this source.
const versionName = "0.1.0-dev"

func (s *session) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"version": versionName, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "stripe_api": "2023-10-16"}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, set := range info.Settings {
					if set.Key == "vcs.revision" {
						v["revision"] = set.Value
					}
				}
			}
			return s.print(v, func() error {
				_, err := fmt.Fprintf(s.Stdout, "bursar %s (%s, %s, Stripe API %s)\n", v["version"], v["go"], v["platform"], v["stripe_api"])
				return err
			})
		},
	}
}
