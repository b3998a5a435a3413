using System.Text;
using CsCheck;
using HCChat.Crypto;

namespace HCChat.Tests.Crypto;

public sealed class PinsTests
{
    private static readonly IdentityKey[] Keys =
    [
        .. Enumerable
            .Range(0, 4)
            .Select(i => new IdentityKey(
                new byte[31]
                    .Append((byte)i)
                    .ToArray()
            )),
    ];
    private static readonly string[] Nicks = ["alice", "Bob", "carol", "ＤＯＲＡ", "eve"];

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[0, 5],
        Gen.Int[0, Nicks.Length - 1],
        Gen.Bool,
        Gen.Int[0, Keys.Length - 1],
        (what, nick, loud, key) =>
            new Step(what, loud ? Nicks[nick].ToUpperInvariant() : Nicks[nick].ToLowerInvariant(), Keys[key])
    );

    [Fact]
    public void Nicks_fold_as_in_the_vectors()
    {
        foreach (var expected in Vectors.Identity.In("folds"))
        {
            Assert.Equal(expected.Str("folded"), NickFold.Fold(expected.Str("nick")));
        }
    }

    [Fact]
    public void A_nick_that_is_not_Unicode_folds_all_the_same() => Assert.Equal("a\ufffdb", NickFold.Fold("A\ud800B"));

    [Fact]
    public void The_story_of_the_vectors_is_judged_as_it_is_there()
    {
        var pins = new Pins();
        foreach (var step in Vectors.Identity.In("pins"))
        {
            var nick = step.StrOrNull("nick") ?? "";
            var key = step.StrOrNull("key") is { } text ? IdentityKey.Parse(text) : null;
            switch (step.Str("do"))
            {
                case "see":
                    var (standing, pin) = pins.See(nick, key);
                    Assert.Equal(step.Str("standing"), standing.ToString().ToLowerInvariant());
                    Assert.Equal(step.StrOrNull("pinned"), pin?.Key.Text);
                    break;
                case "verify":
                    Assert.Equal(step.GetProperty("done").GetBoolean(), pins.Verify(nick, key!));
                    break;
                case "accept":
                    pins.Accept(nick, key!);
                    break;
                case "alsoKnownAs":
                    Assert.Equal(step.In("nicks").Select(other => other.GetString()!), pins.AlsoKnownAs(nick, key!));
                    break;
                case "json":
                    var expected = step.GetProperty("json").GetRawText();
                    Assert.Equal(Compact(expected), Vectors.Utf8(pins.ToJson()));
                    pins = Pins.Parse(Encoding.UTF8.GetBytes(expected));
                    Assert.Equal(Compact(expected), Vectors.Utf8(pins.ToJson()));
                    break;
                default:
                    Assert.Fail("an unknown step");
                    break;
            }
        }
    }

    [Fact]
    public void What_is_no_list_of_pins_is_refused()
    {
        foreach (var test in Vectors.Identity.In("pinsNegative"))
        {
            var json = Encoding.UTF8.GetBytes(test.GetProperty("json").GetRawText());
            Assert.Equal("E_FORMAT", Assert.Throws<E2eeException>(() => Pins.Parse(json)).Code);
        }
    }

    [Fact]
    public void What_is_seen_never_changes_a_pin_and_the_verdict_follows_from_the_first_key() =>
        Steps
            .Array[0, 60]
            .Sample(steps =>
            {
                var pins = new Pins();
                var first = new Dictionary<string, IdentityKey>();
                foreach (var (what, nick, key) in steps)
                {
                    var signer = what == 0 ? null : key;
                    var known = first.GetValueOrDefault(NickFold.Fold(nick));
                    Standing expected =
                        (known, signer) is (null, null) ? Standing.Unsigned
                        : known is null ? Standing.First
                        : signer is null ? Standing.Missing
                        : known == signer ? Standing.Pinned
                        : Standing.Changed;
                    Assert.Equal(expected, pins.Judge(nick, signer).Standing);
                    Assert.Equal(expected, pins.See(nick, signer).Standing);
                    if (signer is not null)
                    {
                        first.TryAdd(NickFold.Fold(nick), signer);
                    }
                }
                Assert.Equal(first.Count, pins.Count);
            });

    [Fact]
    public void Only_a_few_are_kept_the_last_used_and_every_verified_one() =>
        Steps
            .Array[0, 60]
            .Sample(steps =>
            {
                const int Max = 3;
                var pins = new Pins(Max);
                var kept = new List<(string Nick, IdentityKey Key, bool Verified)>(); // a plain model: the last used last
                foreach (var (what, nick, key) in steps)
                {
                    var folded = NickFold.Fold(nick);
                    var at = kept.FindIndex(pin => pin.Nick == folded);
                    var old = at < 0 ? (Nick: folded, Key: key, Verified: false) : kept[at];
                    var (used, now) = what switch
                    {
                        0 => (at >= 0 && old.Key == key, old with { Verified = true }),
                        1 => (at < 0 || old.Key != key, (folded, key, false)),
                        2 => (at >= 0, old),
                        _ => (true, old),
                    };
                    _ = what switch
                    {
                        0 => pins.Verify(nick, key),
                        1 => Accept(pins, nick, key),
                        2 => pins.See(nick, null).Standing is Standing.Missing,
                        _ => pins.See(nick, key).Standing is not Standing.Missing,
                    };
                    if (!used)
                    {
                        continue;
                    }
                    if (at >= 0)
                    {
                        kept.RemoveAt(at);
                    }
                    kept.Add(now);
                    if (kept.Count > Max)
                    {
                        var oldest = kept.FindIndex(pin => !pin.Verified);
                        kept.RemoveAt(oldest);
                    }
                }
                AssertHolds(pins, kept);
                AssertHolds(Pins.Parse(pins.ToJson()), kept);
            });

    [Fact]
    public void Ten_thousand_are_kept()
    {
        var pins = new Pins();
        pins.See("first", Keys[0]);
        pins.See("second", Keys[0]);
        pins.Verify("first", Keys[0]);
        for (var i = 0; i < Pins.Max; i++)
        {
            pins.See($"nick{i}", Keys[1]);
        }
        Assert.Equal(Pins.Max, pins.Count);
        Assert.Equal(Standing.Verified, pins.Judge("first", Keys[0]).Standing);
        Assert.Equal(Standing.First, pins.Judge("second", Keys[0]).Standing);
    }

    private static void AssertHolds(Pins pins, List<(string Nick, IdentityKey Key, bool Verified)> kept)
    {
        Assert.Equal(kept.Count, pins.Count);
        foreach (var (nick, key, verified) in kept)
        {
            Assert.Equal(verified ? Standing.Verified : Standing.Pinned, pins.Judge(nick, key).Standing);
        }
    }

    private static bool Accept(Pins pins, string nick, IdentityKey key)
    {
        pins.Accept(nick, key);
        return true;
    }

    private static string Compact(string json) => System.Text.Json.Nodes.JsonNode.Parse(json)!.ToJsonString();

    private sealed record Step(int What, string Nick, IdentityKey Key);
}
