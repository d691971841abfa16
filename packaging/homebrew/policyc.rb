# `packaging/build formula` puts version and checksums in; REPOSITORY is where the release is.
class Policyc < Formula
  desc "Compiler and checker for policies about MCP tool calls"
  homepage "https://github.com/REPOSITORY"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/REPOSITORY/releases/download/v@VERSION@/policyc-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@aarch64-apple-darwin@"
    end
    on_intel do
      url "https://github.com/REPOSITORY/releases/download/v@VERSION@/policyc-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/REPOSITORY/releases/download/v@VERSION@/policyc-@VERSION@-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@aarch64-unknown-linux-gnu@"
    end
    on_intel do
      url "https://github.com/REPOSITORY/releases/download/v@VERSION@/policyc-@VERSION@-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@x86_64-unknown-linux-gnu@"
    end
  end

  def install
    bin.install "policyc"
    bash_completion.install "completions/policyc.bash" => "policyc"
    zsh_completion.install "completions/_policyc"
    fish_completion.install "completions/policyc.fish"
    man1.install Dir["man/man1/*.1"]
    doc.install "policyc.cdx.json", "THIRD-PARTY-LICENSES.txt"
    pkgshare.install "examples"
  end

  test do
    (testpath/"policy.pol").write "deny *; limit send_dm_to_user 30/min per grant\n"
    assert_match "send_dm_to_user", shell_output("#{bin}/policyc compile policy.pol")
  end
end
