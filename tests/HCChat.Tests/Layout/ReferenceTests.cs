using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace HCChat.Tests.Layout;

/// <summary>The arrows between projects, as ARCHITECTURE.md draws them. What is not drawn is forbidden.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["HCChat.Protocol"] = [],
        ["HCChat.Crypto"] = [],
        ["HCChat.Storage"] = [],
        ["HCChat.Rtc"] = [],
        ["HCChat.Server"] = ["HCChat.Protocol", "HCChat.Rtc", "HCChat.Storage"],
        ["HCChat.Client"] = ["HCChat.Crypto", "HCChat.Protocol"],
        ["hcchat"] = ["HCChat.Client", "HCChat.Crypto", "HCChat.Protocol", "HCChat.Rtc", "HCChat.Server"],
    };

    public static TheoryData<string> Assemblies => [.. s_allowed.Keys];

    [Theory, MemberData(nameof(Assemblies))]
    public void A_project_references_only_what_the_map_allows(string assembly) =>
        Assert.Subset(
            s_allowed[assembly].ToHashSet(),
            References(assembly).Where(r => s_allowed.ContainsKey(r)).ToHashSet()
        );

    [Fact]
    public void The_server_cannot_decrypt_because_it_links_no_cryptography_for_content() =>
        Assert.DoesNotContain(
            References("HCChat.Server"),
            r => r is "HCChat.Crypto" or "HCChat.Client" or "BouncyCastle.Cryptography" or "NSec.Cryptography"
        );

    [Fact]
    public void Of_libsodium_the_server_uses_only_what_checks_signatures_and_keeps_passwords()
    {
        using var file = File.OpenRead(Assembly.Load("HCChat.Server").Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        Assert.Equal(
            ["Argon2id", "Ed25519"],
            metadata
                .TypeReferences.Select(metadata.GetTypeReference)
                .Where(t => metadata.GetString(t.Namespace) == "Geralt")
                .Select(t => metadata.GetString(t.Name))
                .Order()
        );
    }

    [Fact]
    public void The_servers_project_file_names_no_such_project_either()
    {
        var file = Path.Combine(Repository.Root, "src", "HCChat.Server", "HCChat.Server.csproj");
        var names = XDocument.Load(file).Descendants().Attributes("Include").Select(a => a.Value);
        Assert.DoesNotContain(
            names,
            n => n.Contains("Crypto", StringComparison.Ordinal) || n.Contains("Client", StringComparison.Ordinal)
        );
    }

    private static IEnumerable<string> References(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(a => a.Name!);
}
