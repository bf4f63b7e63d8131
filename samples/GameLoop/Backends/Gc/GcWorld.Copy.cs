namespace GameLoop.Backends.Gc;

// A deep copy of all entities, as going back needs it where the garbage collector holds them: written by hand, every
// class and every field.
internal sealed partial class GcWorld
{
    /// <summary>Copies all that lives.</summary>
    public GcState CopyState()
    {
        var copies = new Dictionary<Ship, Ship>(_ships.Length);
        return new GcState(
            Array.ConvertAll(_ships, ship => Copy(ship, copies)), _shots.ConvertAll(shot => Copy(shot, copies)),
            _particles.ConvertAll(particle => new Particle(particle.State)),
            _pickups.ConvertAll(pickup => new Pickup(pickup.State, [.. pickup.Log])), State);
    }

    /// <summary>Makes copies of what was copied the world's own. They may be needed again.</summary>
    public void Take(GcState state)
    {
        var copies = new Dictionary<Ship, Ship>(_ships.Length);
        for (var berth = 0; berth < _ships.Length; berth++)
            _ships[berth] = Copy(state.Ships[berth], copies);
        Refill(_shots, state.Shots, shot => Copy(shot, copies));
        Refill(_particles, state.Particles, particle => new Particle(particle.State));
        Refill(_pickups, state.Pickups, pickup => new Pickup(pickup.State, [.. pickup.Log]));
        State = state.World;
    }

    private static void Refill<T>(List<T> list, List<T> from, Func<T, T> copy)
    {
        list.Clear();
        foreach (var item in from)
            list.Add(copy(item));
    }

    // A ship's target may be in no berth any more, and have a target itself.
    private static Ship Copy(Ship ship, Dictionary<Ship, Ship> copies)
    {
        if (copies.TryGetValue(ship, out var copy))
            return copy;
        copy = new Ship(ship.State)
        {
            Path = ship.Path is null ? null : [.. ship.Path],
            Inbox = ship.Inbox is null ? null : [.. ship.Inbox],
            IsLost = ship.IsLost,
        };
        copies.Add(ship, copy);
        copy.Trail.AddRange(ship.Trail);
        // Nothing else of a lost ship is ever looked at.
        copy.Target = ship.Target is null || ship.IsLost ? null : Copy(ship.Target, copies);
        return copy;
    }

    private static Shot Copy(Shot shot, Dictionary<Ship, Ship> copies)
    {
        var copy = new Shot(shot.State, shot.Target is null ? null : Copy(shot.Target, copies));
        copy.Trail.AddRange(shot.Trail);
        return copy;
    }
}
