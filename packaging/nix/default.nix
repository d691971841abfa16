# nix-build packaging/nix
{ pkgs ? import <nixpkgs> { } }:

let
  manifest = builtins.fromTOML (builtins.readFile ../../Cargo.toml);
in
pkgs.rustPlatform.buildRustPackage {
  pname = "policyc";
  version = manifest.workspace.package.version;

  src = pkgs.lib.cleanSource ../..;
  cargoLock.lockFile = ../../Cargo.lock;
  cargoBuildFlags = [ "--package" "policyc" ];
  # The tests of the workspace need files beside it and other programs.
  doCheck = false;

  nativeBuildInputs = [ pkgs.installShellFiles ];
  postInstall = ''
    $out/bin/policyc man man
    installManPage man/*.1
    installShellCompletion --cmd policyc \
      --bash <($out/bin/policyc completions bash) \
      --fish <($out/bin/policyc completions fish) \
      --zsh <($out/bin/policyc completions zsh)
  '';

  meta = {
    description = "Compiler, checker and language server for a small policy language about MCP tool calls";
    license = with pkgs.lib.licenses; [ mit asl20 ];
    mainProgram = "policyc";
  };
}
