using System.Runtime.CompilerServices;

namespace Arena.Tests.History;

/// <summary>A session in the manner of GGPO drives the game of docs/history.md by its three callbacks.</summary>
public sealed class RollbackGameTests
{
    private const int Players = 2;
    private const int Frames = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(8)]
    public void Machines_that_guess_wrongly_and_go_back_agree_with_one_that_never_did(int delay)
    {
        var inputs = new byte[Frames, Players];
        var random = new Random(1);
        for (var frame = 0; frame < Frames; frame++)
        {
            for (var player = 0; player < Players; player++)
                inputs[frame, player] = (byte)random.Next(3);
        }
        using var never = new RollbackGame(Players);
        var expected = Play(never, inputs, own: 0, delay: 0);
        for (var own = 0; own < Players; own++)
        {
            using var game = new RollbackGame(Players);
            Assert.Equal(expected, Play(game, inputs, own, delay));
        }
    }

    [Fact]
    public void The_page_shows_the_game_that_is_played()
    {
        var source = File.ReadAllText(Path.Combine(Folder(), "RollbackGame.cs"));
        var shown = source[source.IndexOf("internal interface", StringComparison.Ordinal)..];
        var page = File.ReadAllText(Path.Combine(Folder(), "..", "..", "docs", "history.md"));
        Assert.Contains(shown.Trim(), page, StringComparison.Ordinal);
    }

    // The other player's input arrives late; until then it is taken to be the last one that is known.
    private static ulong Play(RollbackGame game, byte[,] inputs, int own, int delay)
    {
        var used = new byte[Frames][];
        for (var frame = 0; frame < Frames; frame++)
        {
            game.SaveState(frame);
            used[frame] = Guess(frame, frame - delay);
            game.AdvanceFrame(used[frame]);
            var arrived = frame - delay;
            if (arrived < 0 || used[arrived].AsSpan().SequenceEqual(Guess(arrived, arrived)))
                continue;
            game.LoadState(arrived);
            for (var again = arrived; again <= frame; again++)
            {
                if (again > arrived)
                    game.SaveState(again);
                used[again] = Guess(again, arrived);
                game.AdvanceFrame(used[again]);
            }
        }
        // The last frames, whose inputs came too late.
        var first = Math.Max(0, Frames - delay);
        if (delay > 0)
            game.LoadState(first);
        for (var frame = first; frame < Frames; frame++)
        {
            game.SaveState(frame);
            game.AdvanceFrame(Guess(frame, frame));
        }
        return game.SaveState(Frames);

        byte[] Guess(int frame, int known) =>
        [
            .. Enumerable.Range(0, Players).Select(player => player == own || known >= frame
                ? inputs[frame, player]
                : known < 0 ? (byte)0 : inputs[known, player]),
        ];
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
