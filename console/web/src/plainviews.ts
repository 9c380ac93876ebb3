// The small things of which all views are made.

export interface Localised {
  ru: string;
  en: string;
}

export interface PlaceView {
  label: string;
  lat_deg: number;
  lon_deg: number;
  detail?: string | null;
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Coordinates {
  lat_deg: number;
  lon_deg: number;
}
